/** Entry: the theme before anything is drawn, then the page itself. */

import { theme, useTheme } from "./theme";
import "./elements/console";

useTheme(theme());
