import { defineConfig } from 'drizzle-kit';

export default defineConfig({ dialect: 'sqlite', driver: 'durable-sqlite', schema: './src/room/schema.ts', out: './migrations/room' });
