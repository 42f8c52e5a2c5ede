/** Unit tests of what needs no browser; `npm test` runs them with Node's own runner. */

import "./articles";
import "./attributes";
import "./board";
import "./bubbles";
import "./clock";
import "./customer";
import "./desk";
import "./intents";
import "./issue";
import "./place";
import "./refresher";
import "./sse";
import "./table";
import "./tokens";
import "./tree";
import "./whatif";
import "./words";
import "./work";
