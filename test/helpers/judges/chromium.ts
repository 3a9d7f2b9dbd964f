import { spawn } from "node:child_process";
import { rm, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { WebSocket } from "undici";
import { findMissing } from "../processes/installed.ts";

export interface BrowserPageOptions {
  /** In CSS pixels. Default 1280. */
  readonly width?: number;
  readonly dark?: boolean;
}

export interface BrowserPage {
  /** The value of a JavaScript expression in the page; a promise is waited for. */
  evaluate(expression: string): Promise<unknown>;
  /** What the browser complained of: errors of scripts, and whatever the content security policy kept out. */
  readonly problems: readonly string[];
  screenshot(): Promise<Buffer>;
  /** How many pages of A4 it takes on paper. */
  countPrinted(): Promise<number>;
}

export interface Browser {
  open(url: string, options?: BrowserPageOptions): Promise<BrowserPage>;
  stop(): Promise<void>;
}

/** What is missing for {@link startChromium}, if anything. */
export const missingChromium: string | undefined = findMissing("chromium");

/** Starts Debian's chromium without a window, with a profile of its own. */
export async function startChromium(): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), "airgap-load-chromium-"));
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"];
  const child = spawn(
    "chromium",
    [...flags, `--user-data-dir=${profile}`, "--remote-debugging-port=0", "about:blank"],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const address = await new Promise<string>((resolve, reject) => {
    const lines: string[] = [];
    createInterface(child.stderr).on("line", (line) => {
      lines.push(line);
      const found = /listening on (ws:\S+)/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once("error", reject);
    child.once("close", () => reject(new Error(`chromium did not start: ${lines.join("\n")}`)));
  });
  const connection = await connect(address);
  return {
    open: (url, options = {}) => openPage(connection, url, options),
    stop: async () => {
      connection.close();
      child.kill("SIGKILL");
      await closed;
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly sessionId?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

interface Connection {
  send(method: string, params?: object, sessionId?: string): Promise<Record<string, unknown>>;
  readonly listeners: Set<(message: Message) => void>;
  close(): void;
}

/** The DevTools protocol: numbered requests, numbered answers and events between them. */
async function connect(address: string): Promise<Connection> {
  const socket = new WebSocket(address);
  await new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
  const listeners = new Set<(message: Message) => void>();
  let counter = 0;
  socket.addEventListener("message", ({ data }) => {
    const message = JSON.parse(String(data)) as Message;
    for (const listener of listeners) listener(message);
  });
  return {
    listeners,
    close: () => socket.close(),
    send: (method, params = {}, sessionId) =>
      new Promise((resolve, reject) => {
        const id = ++counter;
        const listener = (message: Message): void => {
          if (message.id !== id) return;
          listeners.delete(listener);
          if (message.error) reject(new Error(`${method}: ${message.error.message}`));
          else resolve(message.result ?? {});
        };
        listeners.add(listener);
        socket.send(JSON.stringify({ id, method, params, ...(sessionId ? { sessionId } : {}) }));
      }),
  };
}

async function openPage(
  connection: Connection,
  url: string,
  options: BrowserPageOptions,
): Promise<BrowserPage> {
  const { targetId } = await connection.send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await connection.send("Target.attachToTarget", { targetId, flatten: true });
  const send = (method: string, params?: object): Promise<Record<string, unknown>> =>
    connection.send(method, params, String(sessionId));
  const problems: string[] = [];
  const loaded = new Promise<void>((resolve) => {
    connection.listeners.add((message) => {
      if (message.sessionId !== sessionId) return;
      if (message.method === "Page.loadEventFired") resolve();
      if (message.method === "Log.entryAdded" || message.method === "Runtime.exceptionThrown") {
        problems.push(JSON.stringify(message.params));
      }
    });
  });
  for (const domain of ["Page", "Log", "Runtime"]) await send(`${domain}.enable`);
  const { width = 1280, dark = false } = options;
  await send("Emulation.setDeviceMetricsOverride", {
    width,
    height: 800,
    deviceScaleFactor: 1,
    mobile: width < 600,
  });
  const scheme = { name: "prefers-color-scheme", value: dark ? "dark" : "light" };
  await send("Emulation.setEmulatedMedia", { features: [scheme] });
  await send("Browser.grantPermissions", { permissions: ["clipboardReadWrite", "clipboardSanitizedWrite"] });
  await send("Page.navigate", { url });
  await loaded;
  return {
    problems,
    evaluate: async (expression) => {
      const answer = await send("Runtime.evaluate", {
        expression,
        awaitPromise: true,
        returnByValue: true,
        userGesture: true,
      });
      return (answer["result"] as { value?: unknown }).value;
    },
    countPrinted: async () => {
      const { data } = await send("Page.printToPDF", { preferCSSPageSize: true });
      const pdf = Buffer.from(String(data), "base64").toString("latin1");
      return Number(/\/Type ?\/Pages\s.*?\/Count (\d+)/s.exec(pdf)?.[1]);
    },
    screenshot: async () =>
      Buffer.from(
        String((await send("Page.captureScreenshot", { captureBeyondViewport: true }))["data"]),
        "base64",
      ),
  };
}
