/**
 * Begins the page.
 */

import './look/colours.css';
import './look/base.css';
import './look/parts.css';
import './look/shell.css';
import { render } from 'preact';
import { token } from './api/ask.ts';
import { Frame } from './shell/frame.tsx';
import { followLinks } from './shell/place.ts';
import { loadAccount } from './state/account.ts';
import { keepWatching } from './state/live.ts';
import { keepNetwork } from './state/network.ts';

followLinks();
keepWatching();
keepNetwork();
if (token.value !== null) void loadAccount();
render(<Frame />, document.querySelector('#page')!);
