// The page of a run: /state once, then /events. Names are text, never markup.
"use strict";

const kMaxPoints = 4096;
const CURVES = [
  {title: "Loss", lines: [["steps", "loss", "training"], ["epochs", "loss", "evaluation"]]},
  {title: "Learning rate", lines: [["steps", "learning_rate"]]},
  {title: "Accuracy", lines: [["epochs", "accuracy"]]},
  {title: "RMSE", lines: [["epochs", "rmse"]]},
  {title: "Samples a second", lines: [["steps", "samples_per_s"]]},
];
const SVG = "http://www.w3.org/2000/svg";
const $ = (id) => document.getElementById(id);
let run = {steps: [], epochs: [], pictures: [], confusion: null, status: null};
let follows = true;  // the slider is at the newest pictures
let drawing = false;

function made(name, parent, text) {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}

const number = (v) => Math.abs(v) >= 1000 ? Math.round(v).toLocaleString("en") : String(Number(v.toPrecision(4)));
const defined = (points, key) => points.filter((p) => typeof p[key] === "number");

function drawCurve(curve) {
  const lines = curve.lines.map(([of, key, name]) => ({key, name, points: defined(run[of], key)}))
                    .filter((line) => line.points.length > 0);
  if (curve.figure) curve.figure.hidden = lines.length === 0;
  if (lines.length === 0) return;
  if (!curve.figure) {
    curve.figure = made("figure", $("curves"));
    curve.caption = made("figcaption", curve.figure);
    curve.svg = document.createElementNS(SVG, "svg");
    curve.svg.setAttribute("class", "curve");
    curve.svg.setAttribute("viewBox", "0 0 1000 1000");
    curve.svg.setAttribute("preserveAspectRatio", "none");
    curve.svg.setAttribute("role", "img");
    curve.svg.setAttribute("aria-label", curve.title);
    curve.figure.append(curve.svg);
    curve.figure.dataset.curve = curve.title;
  }
  const all = lines.flatMap((line) => line.points.map((p) => p[line.key]));
  const [low, high] = all.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity]);
  const steps = lines.flatMap((line) => [line.points[0].step, line.points[line.points.length - 1].step]);
  const first = Math.min(...steps), last = Math.max(...steps);
  curve.caption.replaceChildren();
  made("b", curve.caption, curve.title);
  for (const line of lines)
    made("span", curve.caption, ` ${line.name ? line.name + " " : ""}${number(line.points[line.points.length - 1][line.key])}`);
  made("span", curve.caption, ` (${number(low)} … ${number(high)})`);
  curve.svg.replaceChildren();
  lines.forEach((line, i) => {
    const polyline = document.createElementNS(SVG, "polyline");
    const x = (p) => last > first ? 1000 * (p.step - first) / (last - first) : 500;
    const y = (p) => high > low ? 960 - 920 * (p[line.key] - low) / (high - low) : 500;
    const points = line.points.map((p) => `${x(p).toFixed(1)},${y(p).toFixed(1)}`);
    if (points.length === 1) points.push(`${x(line.points[0]) + 4},${y(line.points[0])}`);
    polyline.setAttribute("points", points.join(" "));
    if (i > 0) polyline.setAttribute("class", "second");
    curve.svg.append(polyline);
  });
}

function drawPictures() {
  const steps = [...new Set(run.pictures.map((p) => p.step))].sort((a, b) => a - b);
  $("watch").hidden = steps.length === 0;
  if (steps.length === 0) return;
  $("time").max = steps.length - 1;
  if (follows) $("time").value = steps.length - 1;
  const step = steps[$("time").value];
  $("step").textContent = step;
  const shown = run.pictures.filter((p) => p.step === step);
  const wanted = shown.map((p) => p.id).join(" ");
  if ($("pictures").dataset.ids === wanted) return;
  $("pictures").dataset.ids = wanted;
  $("pictures").replaceChildren();
  for (const p of shown.sort((a, b) => a.name.localeCompare(b.name, "en", {numeric: true}))) {
    const figure = made("figure", $("pictures"));
    const img = made("img", figure);
    img.src = `/picture?id=${p.id}`;
    img.alt = p.name;
    made("figcaption", figure, p.name);
  }
}

function drawConfusion() {
  const c = run.confusion;
  $("confusions").hidden = !c;
  if (!c || c.drawn) return;
  c.drawn = true;
  $("about-confusion").textContent = c.rows.length === 0 ? `${c.classes} classes are too many for this page; report.json has them`
    : `${c.part}: a row for each label, a column for each answer`;
  $("confusion").replaceChildren();
  if (c.rows.length === 0) return;
  const head = made("tr", made("thead", $("confusion")));
  made("th", head);
  c.names.forEach((name) => { made("th", head, name).title = name; });
  const body = made("tbody", $("confusion"));
  c.rows.forEach((row, i) => {
    const line = made("tr", body);
    made("th", line, c.names[i]).title = c.names[i];
    const sum = row.reduce((a, b) => a + b, 0);
    row.forEach((count, k) => {
      const cell = made("td", line, count || "");
      cell.className = `share-${sum ? Math.ceil(10 * count / sum) : 0}`;
      cell.title = `${c.names[i]}, answered ${c.names[k]}: ${count}`;
    });
  });
}

function drawStatus() {
  const s = run.status;
  if (!s) return;
  if (!run.ended) $("state").textContent = s.state;
  $("bar").value = s.total ? s.done / s.total : 0;
  const left = s.done && s.total > s.done ? s.seconds * (s.total - s.done) / s.done : 0;
  $("progress").textContent = `${s.done} of ${s.total} steps` + (left ? `, about ${duration(left)} left` : "");
}

function duration(seconds) {
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  return s < 3600 ? `${Math.floor(s / 60)} min ${s % 60} s` : `${Math.floor(s / 3600)} h ${Math.floor(s % 3600 / 60)} min`;
}

function draw() {
  drawing = false;
  document.title = run.title || "train";
  $("title").textContent = run.title || "train";
  CURVES.forEach(drawCurve);
  drawPictures();
  drawConfusion();
  drawStatus();
}

function drawSoon() {
  if (drawing) return;
  drawing = true;
  setTimeout(draw, 50);  // requestAnimationFrame stands still in a hidden tab, and points would pile up
}

function add(points, point) {
  points.push(point);
  if (points.length > kMaxPoints) points.splice(0, points.length, ...points.filter((_, i) => i % 2));
}

function take(event) {
  if (event.kind === "step") add(run.steps, event);
  if (event.kind === "epoch") add(run.epochs, event);
  if (event.kind === "picture") add(run.pictures, event);
  if (event.kind === "confusion") run.confusion = event.confusion;
  if (event.kind === "status") run.status = event;
  if (event.kind === "end") {
    run.ended = true;
    $("state").textContent = "the run has ended";
    for (const id of ["pause", "resume", "stop"]) $(id).disabled = true;
  }
  drawSoon();
}

async function begin() {
  try {
    run = await (await fetch("/state")).json();
  } catch (error) {
    $("state").textContent = "no connection";
    setTimeout(begin, 2000);
    return;
  }
  draw();
  const events = new EventSource(`/events?after=${run.last_event}`);
  events.onmessage = (message) => {
    const event = JSON.parse(message.data);
    if (event.kind === "reset" || event.kind === "end") events.close();
    if (event.kind === "reset") return begin();
    take(event);
  };
  events.onerror = () => { if (!run.ended) $("state").textContent = "no connection"; };
  events.onopen = drawSoon;
}

for (const action of ["pause", "resume", "stop"])
  $(action).onclick = async () => {
    if (action === "stop" && $("stop").dataset.asked !== "yes") {
      $("stop").dataset.asked = "yes";
      $("said").textContent = "the run ends with a checkpoint; press Stop again";
      setTimeout(() => { $("stop").dataset.asked = ""; $("said").textContent = ""; }, 4000);
      return;
    }
    try {
      const answer = await fetch(`/${action}`, {method: "POST"});
      $("said").textContent = answer.ok ? "" : await answer.text();
    } catch (error) {
      $("said").textContent = "no connection";
    }
  };
$("time").oninput = () => {
  follows = $("time").value === $("time").max;
  drawPictures();
};
begin();
