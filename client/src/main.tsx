/** The browser's composition root: clock, live values, socket, language, theme, then React. */
import { every, systemClock } from "@cellhouse/shared";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";
import "@fontsource-variable/inter/index.css";
import "./parts/tokens.css";
import "./parts/base.css";
import "./parts/parts.css";
import "./shell/shell.css";
import { startLanguage } from "./i18n/index.ts";
import { LiveContext } from "./live/hooks.ts";
import { Live } from "./live/live.ts";
import { connect } from "./live/socket.ts";
import { fetchAhead } from "./screens/index.ts";
import { App } from "./shell/app.tsx";
import { startSession } from "./shell/start.ts";
import { followTheme } from "./shell/theme.ts";

const screenHere = fetchAhead(window.location.pathname);
followTheme();
await startLanguage();

const live = new Live(systemClock, (run) => void requestAnimationFrame(run));
const connection = connect(live);
const queries = new QueryClient({ defaultOptions: { queries: { retry: 1, refetchOnWindowFocus: false } } });
every(systemClock, 1000, () => live.store.touchStale());
void startSession(live, connection, new URL(window.location.href));

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <LiveContext value={{ live, connection }}>
        <BrowserRouter>
          <App screenHere={screenHere} />
        </BrowserRouter>
      </LiveContext>
    </QueryClientProvider>
  </StrictMode>,
);
