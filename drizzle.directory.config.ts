import { defineConfig } from 'drizzle-kit';

/** `drizzle-kit generate --config drizzle.directory.config.ts` writes the next migration of the directory. */
export default defineConfig({ dialect: 'sqlite', schema: './src/directory/schema.ts', out: './migrations/directory' });
