import './ui/tokens.css';
import './ui/base.css';
import './ui/forced-colors.css';
import { render } from 'preact';
import { createApp } from './app';
import { ignoreStrayDrops } from './media/stray-drop';
import { registerServiceWorker } from './push/service-worker';
import { Shell } from './shell';
import { browserPlatform } from './wire/browser-platform';

registerServiceWorker();
ignoreStrayDrops();
const root = document.getElementById('app');
if (root !== null) render(<Shell app={createApp(browserPlatform())} />, root);
