import type { Env } from '../config';
import { audit } from './audit';
import { prune } from './prune';

/** No deployment's cron is called so: `npm run audit` is, which asks the local server. */
const wholeAudit = 'audit';
const hourMs = 60 * 60 * 1000;

/** What the cron does, hourly: forgets what is over, and audits one hour's part of the media; says what it found. */
export async function runScheduled({ cron, scheduledTime }: Pick<ScheduledController, 'cron' | 'scheduledTime'>, env: Env): Promise<void> {
  const isWhole = cron === wholeAudit;
  const slice = isWhole ? null : Math.floor(scheduledTime / hourMs) % 24;
  const [pruned, audited] = await Promise.allSettled([prune(env, scheduledTime), audit(env, scheduledTime, slice, Math.random)]);
  if (audited.status === 'fulfilled') {
    const report = audited.value;
    const { ownerlessObjects, ownerlessRows, ownerlessAvatars, foreignObjects, silentRooms } = report;
    const isClean = ownerlessObjects + ownerlessRows + ownerlessAvatars + foreignObjects + silentRooms === 0 && report.isWhole;
    if (isWhole || !isClean) console[isClean ? 'log' : 'warn'](`audit: ${JSON.stringify(report)}`);
  }
  for (const result of [pruned, audited]) if (result.status === 'rejected') throw result.reason;
}
