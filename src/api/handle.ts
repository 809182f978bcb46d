import { type Env, readConfig } from '../config';
import { accountRoutes } from './account';
import { avatarRoutes } from './avatars';
import { blockRoutes } from './blocks';
import { chatRoutes } from './chats';
import { configRoutes } from './config';
import type { ApiContext } from './context';
import { mediaRoutes } from './media';
import { memberRoutes } from './members';
import { messageRoutes } from './messages';
import { servePage } from './pages';
import { answerError } from './problems';
import { pushRoutes } from './push';
import { createApi } from './router';
import { withSecurityHeaders } from './security-headers';
import { sessionRoutes } from './sessions';
import { socketRoutes } from './sockets';
import { userRoutes } from './users';

const api = createApi(
  sessionRoutes,
  accountRoutes,
  userRoutes,
  avatarRoutes,
  blockRoutes,
  pushRoutes,
  chatRoutes,
  memberRoutes,
  messageRoutes,
  mediaRoutes,
  socketRoutes,
  configRoutes,
);

/** Answers every request that reaches the deployment. Never throws. */
export async function handle(request: Request, env: Env, executionCtx: ApiContext['executionCtx']): Promise<Response> {
  try {
    const config = readConfig(env);
    const { pathname } = new URL(request.url);
    const isApi = pathname === '/api' || pathname.startsWith('/api/') || pathname.startsWith('/avatars/');
    const answer = isApi
      ? await api(request, env, executionCtx)
      : await servePage(request, env).catch((error: unknown) => answerError(error, request.method, 'page'));
    return withSecurityHeaders(answer, config);
  } catch (error) {
    return answerError(error, request.method, 'entry');
  }
}
