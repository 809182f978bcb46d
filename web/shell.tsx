import type { JSX } from 'preact';
import { AccountContext, type App, AppContext } from './app';
import { assertNever } from './assert-never';
import { ChatsPane } from './chats/chats-pane';
import { ConversationPane } from './conversation/conversation-pane';
import { SignIn } from './session/sign-in';
import { Splash } from './session/splash';
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
  switch (phase) {
    case 'restoring':
    case 'unreachable':
      return <Splash isUnreachable={phase === 'unreachable'} />;
    case 'signed_out':
      return <SignIn />;
    case 'signed_in':
      if (account === null) return <Splash isUnreachable={false} />;
      return (
        <AccountContext.Provider value={account}>
          <main class="panes" data-open={app.route.value.chatId === null ? 'list' : 'conversation'}>
            <ChatsPane />
            <ConversationPane />
          </main>
        </AccountContext.Provider>
      );
    default:
      return assertNever(phase);
  }
}
