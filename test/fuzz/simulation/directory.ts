import type { ChatProjection } from '../../../src/directory/chat-rooms';
import { Outside } from './outside';

/** In the place of src/directory: what a room asks of it. */
export const openDirectory = () => null;
export const projectChat = (_directory: null, projection: ChatProjection) => Outside.current?.projectChat(projection);
export const removeChat = () => Outside.current?.removeChat();
export const removeMedia = () => Outside.current?.removeMedia();
