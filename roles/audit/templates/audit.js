"use strict";
(() => {
  const $ = (id) => document.getElementById(id);

  /* Colors: as set in the system, or one of the two. A page from a file may have no storage. */
  const themes = ["auto", "light", "dark"];
  const kept = (() => { try { return localStorage.getItem("astera-audit-theme"); } catch { return null; } })();
  const theme = (name) => {
    document.documentElement.dataset.theme = name;
    $("theme").textContent = "Colors: " + name;
    $("theme").setAttribute("aria-label", { auto: "Colors: as set in the system", light: "Colors: light", dark: "Colors: dark" }[name]);
    try { localStorage.setItem("astera-audit-theme", name); } catch { /* not kept, then */ }
  };
  theme(themes.includes(kept) ? kept : "auto");
  $("theme").addEventListener("click", () => theme(themes[(themes.indexOf(document.documentElement.dataset.theme) + 1) % 3]));
  if (!$("data")) return;

  const data = JSON.parse($("data").textContent);
  const servers = new Map(data.servers.map((server) => [server.id, server]));
  const titles = data.parts, states = data.states;
  for (const bar of document.querySelectorAll("[data-share]")) bar.style.flexGrow = bar.dataset.share;

  /* Elements: whatever a server said gets in as text only. */
  const SVG = "http://www.w3.org/2000/svg";
  const fill = (element, attributes, children) => {
    for (const [name, value] of Object.entries(attributes || {})) if (value !== null && value !== undefined) element.setAttribute(name, value);
    element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
    return element;
  };
  const el = (name, attributes, ...children) => fill(document.createElement(name), attributes, children);
  const svg = (name, attributes, ...children) => fill(document.createElementNS(SVG, name), attributes, children);
  const icon = (state) => svg("svg", { class: "icon", "aria-hidden": "true" }, svg("use", { href: "#i-" + state }));
  const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
  const many = (number, one, more) => number + " " + (number === 1 ? one : more || one + "s");

  /* Details */
  const value = (given) => {
    if (given === null || given === undefined) return el("em", {}, "not set");
    if (given === "") return el("em", {}, "empty");
    return el("span", { class: "code value", dir: "auto" }, typeof given === "string" ? given : JSON.stringify(given, null, typeof given === "object" ? 1 : 0));
  };
  const wrong = (error) => {
    const rows = [["Request", [error.method, error.path].filter(Boolean).join(" ")], ["Status", error.status], ["Response", error.detail], ["Outcome", error.outcome && error.outcome.replace("_", " ")]];
    const known = rows.filter(([, said]) => said !== null && said !== undefined && said !== "");
    return el("div", { class: "wrong" }, el("span", { class: "code" }, error.code), el("p", { dir: "auto" }, error.msg),
      known.length > 0 && el("dl", {}, ...known.flatMap(([name, said]) => [el("dt", {}, name), el("dd", { dir: "auto" }, String(said))])));
  };
  // A narrow column breaks the name of a field after a point or an underscore, and not inside a word.
  const breakable = (path) => path.split(/(?<=[._])/).flatMap((word) => [word, el("wbr")]);
  const diff = (fields) => el("table", { class: "diff" },
    el("thead", {}, el("tr", {}, ...["Field", "On the server", "Declared"].map((title) => el("th", { scope: "col" }, title)))),
    el("tbody", {}, ...fields.map((field) => el("tr", {}, el("th", { scope: "row" }, el("span", { class: "code" }, breakable(field.path))),
      el("td", { class: "gone" }, value(field.before)), el("td", { class: "come" }, value(field.after))))));
  const verbs = { create: "is missing", update: "differs", rename: "has another name", register: "differs from the recorded fingerprint", activate: "is not active", deactivate: "is active" };
  const item = (object) => el("div", { class: "item", "data-object": object.id },
    object.name !== object.kind && el("h4", {}, el("bdi", {}, object.name), el("small", {}, object.error ? "failed" : verbs[object.action] || object.action)),
    object.error ? wrong(object.error) : diff(object.fields));
  const list = (names) => el("ul", { class: "names" }, ...names.map((name) => el("li", {}, el("bdi", {}, name))));
  const part = (found, open) => {
    const single = found.part !== "deployments" && found.part !== "schedules";
    const count = single || !found.counts.total ? "" : many(found.counts.total, "object") + (found.counts.drifted ? ", " + found.counts.drifted + " drifted" : "") + (found.counts.failed ? ", " + found.counts.failed + " failed" : "");
    return el("section", { class: "part " + found.state, "data-part": found.id },
      el("h3", {}, icon(found.state), titles[found.part], el("small", {}, [capital(states[found.state]), count].filter(Boolean).join(" · "))),
      found.note && el("p", {}, capital(found.note) + "."),
      ...found.objects.map(item),
      !single && found.in_sync.length > 0 && el("details", open ? { open: "" } : {}, el("summary", {}, many(found.in_sync.length, "object") + " in sync"), list(found.in_sync)),
      found.unmanaged.length > 0 && el("details", { open: "" }, el("summary", {}, found.unmanaged.length + " on the server and not declared"), list(found.unmanaged)));
  };
  const pause = (server) => server.pause.kind !== "none" && server.pause.note && el("p", { class: "note" }, "Pause: " + server.pause.note + ".");
  const sheet = (server, only) => {
    const told = server.error && (!only || !only.objects.some((object) => object.error)) && !server.parts.some((one) => one.objects.some((object) => object.error));
    const parts = only ? [only] : server.parts;
    const silent = parts.filter((one) => one.state === "failed" && !one.objects.length);
    const order = ["failed", "drifted", "in_sync", "not_checked"];
    const compared = parts.filter((one) => !silent.includes(one)).sort((one, other) => order.indexOf(one.state) - order.indexOf(other.state));
    return [el("h2", {}, el("bdi", {}, server.name), only && " · " + titles[only.part]),
      el("p", { class: "where" }, server.url ? el("bdi", {}, server.url) : "Unknown address"),
      server.note && el("p", {}, capital(server.note) + "."), told && wrong(server.error),
      ...compared.map((one) => part(one, false)),
      silent.length > 0 && el("p", { class: "where part" }, "Not compared: " + silent.map((one) => titles[one.part].toLowerCase()).join(", ") + "."), !only && pause(server)];
  };
  let chosen = null;
  const show = (id, open) => {
    const [server, name] = id.split("/");
    const found = servers.get(server);
    if (!found) return;
    chosen = id;
    const only = name && found.parts.find((one) => one.part === name);
    const close = el("button", { type: "button", class: "quiet close" }, "Close");
    close.addEventListener("click", shut);
    $("detail").replaceChildren(close, el("div", { class: "detail" }, ...sheet(found, only).filter(Boolean)));
    $("detail").scrollTop = 0;
    $("detail").classList.toggle("open", Boolean(open));
    for (const cell of document.querySelectorAll('#matrix [aria-selected="true"]')) cell.removeAttribute("aria-selected");
    const cell = cellOf(id);
    if (cell) cell.setAttribute("aria-selected", "true");
    if (open) try { history.replaceState(null, "", "#" + id); } catch { /* some viewers allow no address */ }
  };
  const shut = () => { $("detail").classList.remove("open"); const cell = chosen && cellOf(chosen); if (cell) move(cell); };

  /* The matrix: one cell is in the order of the tab key, the arrow keys move it. */
  const body = $("matrix").tBodies[0];
  const rows = [...body.rows];
  const rowOf = new Map(rows.map((row) => [row.dataset.id, row]));
  const columns = [null, ...Object.keys(titles)];
  const cellOf = (id) => { const [server, name] = id.split("/"); const row = rowOf.get(server); return row && row.cells[name ? columns.indexOf(name) : 0]; };
  const idOf = (cell) => cell.parentElement.dataset.id + (cell.cellIndex ? "/" + columns[cell.cellIndex] : "");
  rows.forEach((row, index) => row.setAttribute("aria-rowindex", index + 2));
  let stop = null;
  const stand = (cell) => { if (stop) stop.tabIndex = -1; stop = cell; if (cell) cell.tabIndex = 0; };
  const move = (cell) => { if (cell) { stand(cell); cell.focus(); cell.scrollIntoView({ block: "nearest", inline: "nearest" }); } };
  const next = (row, way) => { do row = way > 0 ? row.nextElementSibling : row.previousElementSibling; while (row && row.hidden); return row; };
  const visible = () => [...body.rows].filter((row) => !row.hidden);
  body.addEventListener("click", (event) => { const cell = event.target.closest("td, th"); if (cell) { move(cell); show(idOf(cell), true); } });
  body.addEventListener("focusin", (event) => { const cell = event.target.closest("td, th"); if (cell) { stand(cell); show(idOf(cell), false); } });
  body.addEventListener("keydown", (event) => {
    const cell = event.target.closest("td, th"); if (!cell || event.altKey || event.metaKey) return;
    const row = cell.parentElement, column = cell.cellIndex, seen = visible();
    const page = (way) => seen[Math.min(seen.length - 1, Math.max(0, seen.indexOf(row) + 12 * way))];
    const to = { ArrowDown: () => next(row, 1), ArrowUp: () => next(row, -1), PageDown: () => page(1), PageUp: () => page(-1) }[event.key];
    if (to) { const there = to(); if (there) move(there.cells[column]); }
    else if (event.key === "ArrowRight") move(row.cells[column + 1]);
    else if (event.key === "ArrowLeft") move(row.cells[column - 1]);
    else if (event.key === "Home") move((event.ctrlKey ? seen[0] : row).cells[0]);
    else if (event.key === "End") move((event.ctrlKey ? seen[seen.length - 1] : row).cells[columns.length - 1]);
    else if (event.key === "Enter" || event.key === " ") { show(idOf(cell), true); $("detail").focus(); }
    else return;
    event.preventDefault();
  });
  let byName = false;
  $("sort").addEventListener("click", () => {
    byName = !byName;
    $("order").textContent = byName ? "by name" : "worst first";
    $("sort").parentElement.setAttribute("aria-sort", byName ? "ascending" : "none");
    body.append(...(byName ? data.servers.map((server) => rowOf.get(server.id)) : rows));
    [...body.rows].forEach((row, index) => row.setAttribute("aria-rowindex", index + 2));
  });

  /* Filter */
  const texts = new Map();
  const textOf = (server) => {
    if (!texts.has(server.id)) {
      const words = [server.name, server.url, server.error && server.error.msg, server.error && server.error.code];
      for (const found of server.parts) {
        words.push(...found.in_sync, ...found.unmanaged);
        for (const object of found.objects) words.push(object.name, object.error && object.error.msg, ...object.fields.flatMap((field) => [field.path, field.before, field.after].map((one) => typeof one === "object" ? JSON.stringify(one) : String(one))));
      }
      words.push(...server.schedules.map((schedule) => schedule.name));
      texts.set(server.id, words.filter(Boolean).join("\n").toLowerCase());
    }
    return texts.get(server.id);
  };
  const wanted = { words: [], states: new Set(), overlaps: false };
  const matches = (server) => (wanted.states.size === 0 || wanted.states.has(server.state)) && wanted.words.every((word) => textOf(server).includes(word));
  let kept_servers = data.servers;
  const filter = () => {
    wanted.words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = new Set(data.servers.filter(matches).map((server) => server.id));
    kept_servers = data.servers.filter((server) => fits.has(server.id));
    for (const row of rows) row.hidden = !fits.has(row.dataset.id);
    $("none").hidden = fits.size > 0;
    const narrowed = wanted.words.length > 0 || wanted.states.size > 0;
    $("found").textContent = narrowed ? fits.size + " of " + many(data.servers.length, "server") : "";
    if (stop && stop.parentElement.hidden) { const first = visible()[0]; stand(first ? first.cells[stop.cellIndex] : null); }
    else if (!stop) { const first = visible()[0]; stand(first ? first.cells[0] : null); }
    week.stale = true;
    if (!$("week").hidden) week.draw();
  };
  const reset = () => { $("search").value = ""; wanted.states.clear(); for (const chip of document.querySelectorAll(".chip[data-state]")) chip.setAttribute("aria-pressed", "false"); filter(); };
  $("search").addEventListener("input", filter);
  $("clear").addEventListener("click", () => { reset(); $("search").focus(); });
  for (const chip of document.querySelectorAll(".chip[data-state]")) chip.addEventListener("click", () => {
    const on = chip.getAttribute("aria-pressed") !== "true";
    chip.setAttribute("aria-pressed", String(on));
    wanted.states[on ? "add" : "delete"](chip.dataset.state);
    filter();
  });

  /* The week. Only the lines in sight exist, for there may be tens of thousands. */
  const start = Date.parse(data.week.from), MINUTES = 7 * 1440, HEIGHT = 30, AXIS = 74;
  const percent = (minute) => (minute / MINUTES * 100).toFixed(3) + "%";
  const week = {
    stale: true, lines: [], local: false,
    options() { return this.local ? {} : { timeZone: "UTC" }; },
    days() {
      const found = [], hour = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...this.options() }), name = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", ...this.options() });
      for (let minute = 0; minute < MINUTES; minute += 15) { const at = start + minute * 60000; if (hour.format(at) === "00:00") found.push([minute, name.format(at)]); }
      return found;
    },
    clock(minute) { return new Intl.DateTimeFormat("en-GB", { weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...this.options() }).format(start + minute * 60000); },
    gather() {
      this.lines = [];
      for (const server of kept_servers) {
        const own = wanted.words.length > 0 && !wanted.words.every((word) => [server.name, server.url].join("\n").toLowerCase().includes(word));
        const fits = server.schedules.filter((schedule) => (!wanted.overlaps || schedule.paused.length) && (!own || wanted.words.every((word) => schedule.name.toLowerCase().includes(word))));
        const shown = fits.length || !own ? fits : server.schedules;
        if (shown.length) this.lines.push({ server }, ...shown.map((schedule) => ({ server, schedule })));
      }
      this.stale = false;
    },
    line(entry) {
      const { server, schedule } = entry, marks = [];
      for (const [minute] of this.dayMarks) marks.push(svg("line", { class: "grid", x1: percent(minute), x2: percent(minute), y1: 0, y2: "100%" }));
      for (const [from, to] of server.pause.windows) marks.push(svg("rect", { class: "pause", x: percent(from), width: percent(to - from), y: 0, height: "100%" }));
      if (!schedule) return { label: [el("bdi", {}, server.name), el("small", {}, many(server.schedules.length, "schedule"))], marks, said: server.name + ", " + many(server.schedules.length, "schedule") + (server.pause.note ? ", " + server.pause.note : ""), kind: "server" };
      const hit = new Set(schedule.paused);
      for (const run of schedule.runs) {
        const mark = hit.has(run) ? svg("rect", { class: "hit", x: percent(run), y: "50%", width: 9, height: 9, rx: 1 }) : svg("rect", { class: "run", x: percent(run), y: "27%", width: 4, height: "46%", rx: 2 });
        mark.append(svg("title", {}, schedule.name + ", " + this.clock(run) + (hit.has(run) ? ", while the cluster is paused" : "")));
        marks.push(mark);
      }
      const silent = !schedule.active ? "not active" : !schedule.known ? schedule.kind + ": its runs are not published" : !schedule.runs.length ? "does not run this week" : "";
      if (silent) marks.push(svg("text", { class: "unknown", x: 10, y: "50%", dy: ".35em" }, silent));
      const at = schedule.runs.length ? this.clock(schedule.runs[0]).split(" ").pop() : "";
      const said = schedule.name + ", " + (silent || many(schedule.runs.length, "run") + " at " + at + (hit.size ? ", " + hit.size + " of them while the cluster is paused" : ""));
      return { label: [el("bdi", { title: schedule.name }, schedule.name), at && el("small", {}, at)], marks, said, kind: silent ? "idle" : "" };
    },
    axis() {
      const height = 74, load = new Array(168).fill(0), marks = [];
      for (const entry of this.lines) if (entry.schedule) for (const run of entry.schedule.runs) load[Math.floor(run / 60)] += 1;
      const most = Math.max(1, ...load);
      load.forEach((runs, hour) => { if (runs) marks.push(svg("rect", { class: "load", x: percent(hour * 60 + 4), width: percent(52), y: height - runs / most * 40, height: runs / most * 40 }, svg("title", {}, this.clock(hour * 60) + ": " + many(runs, "run")))); });
      this.dayMarks.forEach(([minute, name], index) => { const room = ((this.dayMarks[index + 1] || [MINUTES])[0]) - minute; marks.push(svg("line", { class: "grid", x1: percent(minute), x2: percent(minute), y1: 0, y2: height })); if (room > 600) marks.push(svg("text", { class: "tick", x: percent(minute), dx: 6, y: 18 }, this.narrow ? name.split(" ")[0].replace(",", "") : name)); });
      marks.push(svg("line", { class: "now", x1: percent(data.week.now), x2: percent(data.week.now), y1: 24, y2: height }, svg("title", {}, "The audit")));
      return el("div", { class: "axis", role: "presentation" }, el("p", {}, most > 1 || load.some(Boolean) ? "Runs an hour, at most " + most : ""), svg("svg", { "aria-hidden": "true" }, ...marks));
    },
    draw() {
      const box = $("timeline");
      this.narrow = box.clientWidth < 900;
      this.dayMarks = this.days();
      if (this.stale) this.gather();
      this.rows = el("div", { class: "rows" });
      this.rows.style.height = this.lines.length * HEIGHT + "px";
      const nothing = wanted.overlaps || kept_servers.length < data.servers.length ? "No schedule matches." : "No schedule could be read.";
      box.replaceChildren(...(this.lines.length ? [this.axis(), this.rows] : [el("p", { class: "empty", role: "listitem" }, el("strong", {}, nothing), "The view shows all schedules of the servers, declared or not.")]));
      this.scroll();
    },
    scroll() {
      if (!this.rows || !this.lines.length) return;
      const box = $("timeline"), first = Math.max(0, Math.floor(box.scrollTop / HEIGHT) - 8), last = Math.min(this.lines.length, first + Math.ceil(box.clientHeight / HEIGHT) + 16);
      this.rows.replaceChildren(...this.lines.slice(first, last).map((entry, index) => {
        const drawn = this.line(entry);
        const row = el("div", { class: "row " + drawn.kind, role: "listitem", "aria-posinset": first + index + 1, "aria-setsize": this.lines.length, "aria-label": drawn.said }, el("div", { class: "label" }, ...drawn.label), svg("svg", { "aria-hidden": "true" }, ...drawn.marks));
        row.style.top = (first + index) * HEIGHT + "px";
        return row;
      }));
    },
  };
  let asked = 0;
  $("timeline").addEventListener("scroll", () => { if (!asked) asked = requestAnimationFrame(() => { asked = 0; week.scroll(); }); }, { passive: true });
  addEventListener("resize", () => { if (!$("week").hidden) week.draw(); });
  $("overlaps").addEventListener("click", () => { wanted.overlaps = !wanted.overlaps; $("overlaps").setAttribute("aria-pressed", String(wanted.overlaps)); week.stale = true; $("timeline").scrollTop = 0; week.draw(); });
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "local";
  const label = () => { $("zone").textContent = week.local ? zone : "UTC"; $("zone").setAttribute("aria-label", "Times are in " + (week.local ? zone : "UTC") + "; change"); };
  $("zone").addEventListener("click", () => { week.local = !week.local; label(); week.draw(); });
  label();

  /* Views */
  const tabs = [$("tab-fleet"), $("tab-week")];
  const turn = (tab, focus) => {
    for (const one of tabs) { const on = one === tab; one.setAttribute("aria-selected", String(on)); one.tabIndex = on ? 0 : -1; $(one.getAttribute("aria-controls")).hidden = !on; }
    if (focus) tab.focus();
    if (tab === tabs[1]) week.draw();
  };
  for (const tab of tabs) {
    tab.addEventListener("click", () => turn(tab));
    tab.addEventListener("keydown", (event) => { if (["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) { turn(tabs[event.key === "Home" ? 0 : event.key === "End" ? 1 : 1 - tabs.indexOf(tab)], true); event.preventDefault(); } });
  }
  addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|TEXTAREA)$/.test(event.target.tagName)) { event.preventDefault(); $("search").focus(); $("search").select(); }
    else if (event.key === "Escape") {
      if (event.target === $("search") && $("search").value) { $("search").value = ""; filter(); }
      else if ($("week").hidden) shut();
    } else if (event.key === "ArrowDown" && event.target === $("search") && stop && $("week").hidden) { event.preventDefault(); move(stop); }
  });

  /* On paper: what differs, in full, and the week. */
  const MOST = 1500;
  addEventListener("beforeprint", () => {
    const sheets = kept_servers.filter((server) => server.state === "drifted" || server.state === "failed").map((server) => el("article", { class: "sheet" }, ...sheet({ ...server, parts: server.parts.filter((one) => one.state === "drifted" || one.state === "failed" || one.unmanaged.length).map((one) => ({ ...one, in_sync: [] })) }).filter(Boolean)));
    week.dayMarks = week.days(); week.gather();
    const lines = week.lines.slice(0, MOST).map((entry) => { const drawn = week.line(entry); return el("div", { class: "line " + drawn.kind }, el("div", {}, ...drawn.label), svg("svg", {}, ...drawn.marks)); });
    const left = week.lines.length - lines.length;
    $("paper").replaceChildren(...sheets, ...(lines.length ? [el("article", { class: "sheet" }, el("h2", {}, "The week from " + data.week.from.slice(0, 10)), ...lines, left > 0 && el("p", {}, left + " more lines are on the screen."))] : []).flat().filter(Boolean));
  });
  addEventListener("afterprint", () => { $("paper").replaceChildren(); week.stale = true; });

  filter();
  const asked_for = location.hash.slice(1);
  const first = visible()[0];
  if (asked_for && servers.has(asked_for.split("/")[0])) { show(asked_for, true); const cell = cellOf(asked_for); if (cell) { stand(cell); cell.scrollIntoView({ block: "center" }); } }
  else if (first && first.dataset.state !== "in_sync") show(first.dataset.id, false);
  else if (first) $("detail").replaceChildren(el("p", { class: "empty" }, el("strong", {}, "Everything is in sync."), "Choose a server to see what was compared."));
})();
