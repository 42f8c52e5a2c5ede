/** Unit tests of what needs no browser; `npm test` runs them with Node's own runner. */

import "./board";
import "./clock";
import "./customer";
import "./desk";
import "./place";
import "./refresher";
import "./sse";
import "./table";
import "./tokens";
import "./whatif";
import "./words";
import "./work";
