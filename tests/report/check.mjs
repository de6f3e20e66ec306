#!/usr/bin/env node
// Opens a report in Chromium and checks what only a browser can say.
//
//   cargo run -p haversack-eval --example report_page -- report.html
//   node tests/report/check.mjs report.html [--shots FOLDER]
//
// Checks, in light and dark: the content policy is not violated and nothing is loaded; no dialog opens and no element
// stands there that only hostile text would make; every link leads somewhere and ids are unique; at 320, 768 and 1200
// pixels the page does not scroll sideways; text has a contrast of at least 4.5; the first Tab shows the skip link; without
// scripts everything is there, and a link to a task opens its packs; with scripts the table sorts and filters; it prints.
// --shots writes pictures of it all, and the PDF, to look at.
//
// Needs Node 18 and Chromium (CHROMIUM=/path/to/it, or chromium, chromium-browser or google-chrome on the PATH), and no
// package: it speaks the DevTools protocol over a pipe. Without Chromium it says so and ends with 0; CI has none.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [file, flag, folder] = process.argv.slice(2);
if (!file || !existsSync(file)) {
  console.error("usage: node tests/report/check.mjs REPORT.html [--shots FOLDER]");
  process.exit(2);
}
const shots = flag === "--shots" ? folder : undefined;
if (shots) mkdirSync(shots, { recursive: true });

const names = [process.env.CHROMIUM, "chromium", "chromium-browser", "google-chrome"].filter(Boolean);
const chromium = names.find((name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0);
if (!chromium) {
  console.log("skipped: no Chromium here (set CHROMIUM, or install the package chromium)");
  process.exit(0);
}

const problems = [];
const expect = (holds, what) => {
  if (!holds) problems.push(what);
};

// The browser, and calls to it.
const profile = mkdtempSync(join(tmpdir(), "report-check-"));
const browser = spawn(
  chromium,
  [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--remote-debugging-pipe",
    `--user-data-dir=${profile}`,
  ],
  { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] },
);
const waiting = new Map();
const listeners = [];
let number = 0;
let buffer = "";
browser.stdio[4].setEncoding("utf8");
browser.stdio[4].on("data", (data) => {
  buffer += data;
  for (let end = buffer.indexOf("\0"); end >= 0; end = buffer.indexOf("\0")) {
    const message = JSON.parse(buffer.slice(0, end));
    buffer = buffer.slice(end + 1);
    const call = waiting.get(message.id);
    if (call) {
      waiting.delete(message.id);
      if (message.error) call.reject(new Error(`${call.method}: ${message.error.message}`));
      else call.resolve(message.result);
    } else {
      for (const listener of listeners) listener(message);
    }
  }
});
const call = (method, params = {}, sessionId = undefined) =>
  new Promise((resolve, reject) => {
    number += 1;
    waiting.set(number, { method, resolve, reject });
    browser.stdio[3].write(`${JSON.stringify({ id: number, method, params, sessionId })}\0`);
  });

// A tab, with everything it complains of.
const open = async (address, { width = 1200, scheme = "light", scripts = true }) => {
  const { targetId } = await call("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await call("Target.attachToTarget", { targetId, flatten: true });
  const send = (method, params) => call(method, params, sessionId);
  const where = `${scheme}, ${width} px${scripts ? "" : ", no scripts"}`;
  const loaded = new Promise((resolve) => {
    listeners.push((message) => {
      if (message.sessionId !== sessionId) return;
      if (message.method === "Page.loadEventFired") resolve();
      if (message.method === "Log.entryAdded") problems.push(`${where}: ${message.params.entry.text}`);
      if (message.method === "Runtime.exceptionThrown") problems.push(`${where}: ${message.params.exceptionDetails.text}`);
      if (message.method === "Runtime.consoleAPICalled") problems.push(`${where}: the console was written to`);
      if (message.method === "Page.javascriptDialogOpening") problems.push(`${where}: a dialog opened`);
      if (message.method === "Network.requestWillBeSent" && !message.params.request.url.startsWith(address.split("#")[0])) {
        problems.push(`${where}: ${message.params.request.url} was loaded`);
      }
    });
  });
  for (const domain of ["Page", "Log", "Runtime", "Network"]) await send(`${domain}.enable`);
  await send("Emulation.setDeviceMetricsOverride", { width, height: 900, deviceScaleFactor: 1, mobile: width < 500 });
  await send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
  await send("Emulation.setScriptExecutionDisabled", { value: !scripts });
  await send("Page.navigate", { url: address });
  await loaded;
  const evaluate = async (body) => {
    const { result, exceptionDetails } = await send("Runtime.evaluate", { expression: `(() => { ${body} })()`, returnByValue: true });
    if (exceptionDetails) throw new Error(`${where}: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
    return result.value;
  };
  const shot = async (name, whole = true) => {
    if (!shots) return;
    const { data } = await send("Page.captureScreenshot", { captureBeyondViewport: whole });
    writeFileSync(join(shots, `${name}.png`), Buffer.from(data, "base64"));
  };
  return { send, evaluate, shot, where, close: () => call("Target.closeTarget", { targetId }) };
};

// What is looked for in every state of the page.
const STRUCTURE = `
  const found = [];
  const ids = Array.from(document.querySelectorAll("[id]"), (element) => element.id);
  if (new Set(ids).size !== ids.length) found.push("an id stands twice");
  for (const link of document.querySelectorAll("a")) {
    const href = link.getAttribute("href");
    if (!href.startsWith("#") || !document.getElementById(href.slice(1))) found.push("a link leads nowhere: " + href);
  }
  if (document.scripts.length !== 1 || document.querySelectorAll("style").length !== 1) found.push("a script or style too many");
  const foreign = document.querySelector("img, iframe, object, embed, link, form, base, audio, video, foreignObject");
  if (foreign) found.push("an element that should not be: " + foreign.outerHTML);
  if (document.querySelector("[style], [onerror], [onload], [onclick]")) found.push("an attribute that should not be");
  if (!document.querySelector("h1") || !document.querySelector(".finding")) found.push("no heading or finding");
  return found;`;

const CONTRAST = `
  const parse = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const low = new Set();
  document.querySelectorAll("details").forEach((details) => { details.open = true; });
  for (const element of document.querySelectorAll("body *")) {
    const own = Array.from(element.childNodes).some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || element.closest("script, style") || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const color = element.closest("svg") ? style.fill : style.color;
    const [a, b] = [light(parse(color)), light(ground(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) low.add(element.tagName + "." + (element.getAttribute("class") ?? "") + " " + ratio.toFixed(2));
  }
  document.querySelectorAll("details").forEach((details) => { details.open = false; });
  return Array.from(low);`;

const check = async () => {
  const address = pathToFileURL(resolve(file)).href;
  for (const scheme of ["light", "dark"]) {
    for (const width of [1200, 768, 320]) {
      const tab = await open(address, { width, scheme });
      for (const found of await tab.evaluate(STRUCTURE)) problems.push(`${tab.where}: ${found}`);
      for (const found of await tab.evaluate(CONTRAST)) problems.push(`${tab.where}: low contrast: ${found}`);
      const wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
      expect((await tab.evaluate(wide)) <= 0, `${tab.where}: the page scrolls sideways`);
      const one = "const all = document.querySelectorAll('details.task'); if (all[0]) { all[0].open = true; all[0].querySelectorAll('details').forEach((d) => { d.open = true; }); }";
      await tab.evaluate(one);
      expect((await tab.evaluate(wide)) <= 0, `${tab.where}: the page scrolls sideways with a task open`);
      await tab.shot(`${scheme}-${width}`);
      await tab.close();
    }
  }
  await keyboard(address);
  await withoutScripts(address);
  await withScripts(address);
};

const keyboard = async (address) => {
  const tab = await open(address, {});
  for (const type of ["keyDown", "keyUp"]) {
    await tab.send("Input.dispatchKeyEvent", { type, key: "Tab", code: "Tab", windowsVirtualKeyCode: 9 });
  }
  const skip = "const at = document.activeElement; const box = at.getBoundingClientRect(); return at.className === 'skip' && box.left >= 0 && box.top >= 0";
  expect(await tab.evaluate(skip), "the first Tab does not show the skip link");
  await tab.close();
};

const withoutScripts = async (address) => {
  const first = await open(address, { scripts: false });
  const facts = await first.evaluate(
    "return { tools: !!document.querySelector('.tools'), rows: document.querySelectorAll('table.tasks tbody tr').length, link: document.querySelector('table.tasks a')?.getAttribute('href') }",
  );
  expect(!facts.tools, "without scripts the tools of the script are there");
  expect(facts.rows > 0, "without scripts there are no tasks");
  await first.close();
  if (!facts.link) return;
  const tab = await open(address + facts.link, { scripts: false });
  expect(await tab.evaluate("return document.querySelector(location.hash).closest('details').open"), "a link to a task does not open its packs");
  await tab.shot("no-scripts-task", false);
  await tab.close();
};

const withScripts = async (address) => {
  const tab = await open(address, {});
  const ids = "return Array.from(document.querySelectorAll('table.tasks tbody tr:not([hidden]) th'), (cell) => cell.textContent)";
  const all = await tab.evaluate(ids);
  // Those that tie have a table of their own.
  const sort = "document.querySelectorAll('table.tasks').forEach((table) => table.querySelector('th button').click());";
  await tab.evaluate(sort);
  const tables = "return Array.from(document.querySelectorAll('table.tasks'), (table) => Array.from(table.querySelectorAll('tbody th'), (cell) => cell.textContent))";
  for (const sorted of await tab.evaluate(tables)) {
    expect(sorted.join() === [...sorted].sort(new Intl.Collator("en", { numeric: true }).compare).join(), "sorting by task does not sort");
  }
  const filter = (text) => `const search = document.querySelector('.tools input'); search.value = ${JSON.stringify(text)}; search.dispatchEvent(new Event('input'));`;
  await tab.evaluate(filter(all[0]));
  expect((await tab.evaluate(ids)).includes(all[0]), "filtering loses what it looks for");
  await tab.evaluate(filter("no such task"));
  expect((await tab.evaluate(ids)).length === 0, "filtering does not filter");
  await tab.close();
  const print = await open(address, {});
  const { data } = await print.send("Page.printToPDF", { printBackground: true, preferCSSPageSize: true });
  expect(data.length > 10_000, "it does not print");
  if (shots) writeFileSync(join(shots, "print.pdf"), Buffer.from(data, "base64"));
  await print.close();
};

try {
  await check();
} catch (error) {
  problems.push(error.message);
} finally {
  const gone = new Promise((resolve) => browser.on("exit", resolve));
  browser.kill();
  await gone;
  // Its helpers may still write for a moment.
  for (let tries = 0; tries < 20; tries += 1) {
    try {
      rmSync(profile, { recursive: true, force: true });
      break;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
const found = Array.from(new Set(problems));
for (const problem of found.slice(0, 40)) console.error(problem);
console.log(found.length ? `${found.length} problems` : "ok");
process.exit(problems.length ? 1 : 0);
