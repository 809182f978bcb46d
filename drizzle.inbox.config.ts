import { defineConfig } from 'drizzle-kit';

export default defineConfig({ dialect: 'sqlite', driver: 'durable-sqlite', schema: './src/inbox/schema.ts', out: './migrations/inbox' });
