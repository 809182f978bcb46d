import { describe, expect, it } from 'vitest';
import { clientNetwork } from '../../src/api/limits';

const networkOf = (address: string) => clientNetwork(new Request('http://relayhub.example/', { headers: { 'cf-connecting-ip': address } }));

describe('[LIMIT-1] where a request comes from', () => {
  it('[LIMIT-1] is an IPv4 address as it is, however it is carried', () => {
    expect(networkOf('192.0.2.7')).toBe('192.0.2.7');
    expect(networkOf('::ffff:192.0.2.7')).toBe('192.0.2.7');
  });

  it('[LIMIT-1] is the first 64 bits of an IPv6 address, however it is written', () => {
    expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2');
    expect(networkOf('2001:0DB8:0001:0002::9')).toBe('2001:db8:1:2');
    expect(networkOf('2001:db8::9')).toBe('2001:db8:0:0');
    expect(networkOf('2001:db8:1:2::')).toBe('2001:db8:1:2');
    expect(networkOf('::1')).toBe('0:0:0:0');
  });

  it('[LIMIT-1] is one and the same for all when nobody says', () => {
    expect(clientNetwork(new Request('http://relayhub.example/'))).toBe('');
  });
});
