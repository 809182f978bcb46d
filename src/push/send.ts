import type { PushConfig } from '../config';
import { type PushNews, type PushSubscription, pushRequest } from './request';
import { judgeAnswer, type PushVerdict } from './verdict';

/** Below what an errand may take, so that the request has ended when it is tried again. */
const timeoutMs = 8_000;

/**
 * [INBOX-5] Hands a push to its push service.
 * @param config null in a deployment that has lost its key: nothing can be told then
 * @throws when the service cannot be reached
 */
export async function sendPush(
  config: PushConfig | null,
  subscription: PushSubscription,
  news: PushNews,
  { ttlSeconds, now }: { ttlSeconds: number; now: number },
): Promise<PushVerdict> {
  if (config === null) return { kind: 'refused' };
  const request = await pushRequest(config, subscription, news, { ttlSeconds, now });
  const answer = await fetchInTime(request);
  const verdict = judgeAnswer(answer.status, answer.headers.get('retry-after'), Date.now());
  if (verdict.kind === 'refused') console.warn(`push: refused with ${answer.status}`);
  return verdict;
}

/** A timer of its own, which ends with the answer: one that ran on would keep the inbox awake. */
async function fetchInTime(request: Request): Promise<Response> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeoutMs);
  try {
    const answer = await fetch(request, { signal: deadline.signal });
    await answer.body?.cancel();
    return answer;
  } finally {
    clearTimeout(timer);
  }
}
