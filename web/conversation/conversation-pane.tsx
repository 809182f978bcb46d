import type { JSX } from 'preact';
import { useAccount, useApp } from '../app';
import { Conversation } from './conversation';
import './conversation.css';

/** The right-hand side: the open chat, or an invitation to open one. */
export function ConversationPane(): JSX.Element {
  const { route } = useApp();
  const room = useAccount().rooms.current.value;
  if (room !== null && route.value.chatId === room.id) return <Conversation key={room.id} room={room} />;
  return (
    <section class="conversation is-empty" aria-label="Conversation">
      <div class="empty">
        <h2>Pick a chat</h2>
        <p>Or start a new one. What you write here is gone when its time is over.</p>
      </div>
    </section>
  );
}
