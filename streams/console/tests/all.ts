/** Unit tests of what needs no browser; `npm test` runs them with Node's own runner. */

import "./desk";
import "./sse";
import "./tokens";
import "./words";
