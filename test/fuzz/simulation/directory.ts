import type { ChatProjection } from '../../../src/directory/chat-rooms';
import { Outside } from './outside';

/** In the place of src/directory: what a room asks of it. */
export const openDirectory = () => null;
export const projectChat = (_directory: null, projection: ChatProjection) => Outside.current?.projectChat(projection);
export const removeChat = () => Outside.current?.removeChat();
export const removeMedia = () => Outside.current?.removeMedia();

// What inboxes ask of it: nobody there changes, and whoever asks knows everybody.
export const findUser = () => Promise.resolve(null);
export const projectBlock = () => Promise.resolve();
export const findAcquaintances = (_directory: null, _userId: string, others: readonly string[]) => Promise.resolve(new Set(others));
