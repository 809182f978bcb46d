/** The configuration of objects that run in plain Node: valid, and of nothing that exists. No limit is reached. */
export const simulatedSettings = {
  APP_ORIGIN: 'http://localhost',
  ALLOWED_ORIGINS: '',
  JURISDICTION: '',
  S3_ENDPOINT: 'http://127.0.0.1:9',
  S3_BUCKET: 'unused',
  S3_REGION: 'auto',
  S3_ACCESS_KEY_ID: 'unused',
  S3_SECRET_ACCESS_KEY: 'unused',
  ACCESS_TOKEN_KEYS: '[{"kty":"OKP","crv":"Ed25519","kid":"k","x":"AA","d":"AA"}]',
  REFRESH_TOKEN_KEY: 'A'.repeat(43),
  RELAYHUB_LIMIT_FACTOR: '1000000',
};
