import type { JSX } from 'preact';
import { AccountContext, type App, AppContext, useApp } from './app';
import { assertNever } from './assert-never';
import { ChatsPane } from './chats/chats-pane';
import { ConversationPane } from './conversation/conversation-pane';
import { SignIn } from './session/sign-in';
import { Splash } from './session/splash';
import { useNextTask } from './ui/use-next-task';
import './ui/shell.css';

/** Which screen there is: the door, or the list and the conversation side by side. */
export function Shell({ app }: { app: App }): JSX.Element {
  return (
    <AppContext.Provider value={app}>
      <Screen app={app} />
    </AppContext.Provider>
  );
}

function Screen({ app }: { app: App }): JSX.Element {
  const phase = app.session.phase.value;
  const account = app.account.value;
  const isPrepared = useNextTask(account !== null);
  switch (phase) {
    case 'restoring':
    case 'unreachable':
      return <Splash isUnreachable={phase === 'unreachable'} />;
    case 'signed_out':
      return <SignIn />;
    case 'signed_in':
      if (account === null || !isPrepared) return <Splash isUnreachable={false} />;
      return (
        <AccountContext.Provider value={account}>
          <Panes />
        </AccountContext.Provider>
      );
    default:
      return assertNever(phase);
  }
}

/** The list and the conversation; who comes for a conversation gets that first. */
function Panes(): JSX.Element {
  const { chatId } = useApp().route.value;
  const isListDue = useNextTask(true) || chatId === null;
  return (
    <main class="panes" data-open={chatId === null ? 'list' : 'conversation'}>
      {isListDue ? <ChatsPane /> : <section class="chats" aria-label="Chats" />}
      <ConversationPane />
    </main>
  );
}
