// <tc-map>: draws GeoJSON, from within or from src, without tiles; the list below it then folds away. Labels are
// elements of the page: a map's own letters would have to be fetched, and would not have Chinese.
import * as maplibre from "./vendor/maplibre-gl.js";

maplibre.setWorkerUrl(new URL("./vendor/maplibre-gl-worker.js", import.meta.url).href);
const SCHEMES = [matchMedia("(prefers-color-scheme: dark)"), matchMedia("print")];
const MOST_LABELS = 80;
const TONES = ["good", "warn", "bad", "info", "busy", "quiet"];

customElements.define("tc-map", class extends HTMLElement {
  async connectedCallback() {
    if (this.map) return;
    this.place = document.createElement("div");
    this.append(this.place);
    this.setAttribute("drawn", "");
    this.recolour = () => this.map?.setStyle(style(this.data));
    try {
      await this.draw();
      for (const scheme of SCHEMES) scheme.addEventListener("change", this.recolour);
      this.parentElement.querySelector("details").open = false;
    } catch (error) {
      this.refuse(error);
    }
  }

  disconnectedCallback() {
    for (const scheme of SCHEMES) scheme.removeEventListener("change", this.recolour);
    this.map?.remove();
    this.map = null;
    this.place?.remove();
  }

  async draw() {
    const own = JSON.parse(this.querySelector("script").textContent);
    this.data = this.hasAttribute("src") ? { ...own, ...await fetched(this.getAttribute("src")) } : own;
    this.data.bbox ??= box(this.data);
    const [west, south, east, north] = this.data.bbox;
    this.map = new maplibre.Map({
      container: this.place,
      style: style(this.data),
      bounds: [[west, south], [east, north]],
      fitBoundsOptions: { padding: { top: 40, bottom: 40, left: 40, right: 72 }, maxZoom: 11 },
      attributionControl: false,
      cooperativeGestures: true,
      dragRotate: false,
      pitchWithRotate: false,
      renderWorldCopies: false,
      fadeDuration: 0,
      locale: this.locale(),
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-right");
    this.map.addControl(new maplibre.ScaleControl({ maxWidth: 120, unit: "metric" }), "bottom-left");
    this.label();
    this.map.on("click", event => this.tell(event));
    this.map.on("mousemove", event => { this.map.getCanvas().classList.toggle("tc-over", Boolean(this.hit(event.point))); });
    await new Promise((done, failed) => { this.map.once("idle", done); this.map.once("error", event => failed(event.error)); });
    this.map.getCanvas().dataset.drawn = "";
  }

  refuse(error) {
    console.warn(error);
    this.map?.remove();
    this.map = null;
    this.removeAttribute("drawn");
    const note = document.createElement("p");
    note.className = "tc-help";
    note.textContent = this.dataset.failed;
    this.place.replaceWith(note);
  }

  locale() {
    return {
      "Map.Title": this.getAttribute("label"),
      "NavigationControl.ZoomIn": this.dataset.zoomIn,
      "NavigationControl.ZoomOut": this.dataset.zoomOut,
      "Popup.Close": this.dataset.close,
      "ScaleControl.Meters": "m",
      "ScaleControl.Kilometers": "km",
      "CooperativeGesturesHandler.WindowsHelpText": this.dataset.wheel,
      "CooperativeGesturesHandler.MacHelpText": this.dataset.wheel,
      "CooperativeGesturesHandler.MobileHelpText": this.dataset.touch,
    };
  }

  // labels; those that would lie on a point or on an earlier label wait until there is room
  label() {
    this.labels = this.data.features.slice(0, MOST_LABELS).map(feature => {
      const element = document.createElement("span");
      element.className = "tc-map-label";
      element.dataset.kind = feature.geometry.type;
      element.textContent = feature.properties.title;
      const point = feature.geometry.type === "Point";
      new maplibre.Marker({ element, anchor: point ? "left" : "center", offset: point ? [9, 0] : [0, 0] })
        .setLngLat(middle(feature.geometry)).addTo(this.map);
      for (const name of ["role", "aria-label", "tabindex"]) element.removeAttribute(name);
      element.ariaHidden = "true"; // the list below says them all
      return element;
    });
    this.map.on("moveend", () => this.untangle());
    this.map.once("idle", () => this.untangle());
  }

  untangle() {
    const { left, top } = this.place.getBoundingClientRect();
    const taken = this.data.features.filter(({ geometry }) => geometry.type === "Point").map(({ geometry }) => {
      const { x, y } = this.map.project(geometry.coordinates);
      return { left: left + x - 7, right: left + x + 7, top: top + y - 7, bottom: top + y + 7 };
    });
    for (const element of this.labels) {
      element.classList.remove("tc-away");
      const a = element.getBoundingClientRect();
      const clash = taken.some(b => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom);
      element.classList.toggle("tc-away", clash);
      if (!clash) taken.push(a);
    }
  }

  // what a feature has to say
  hit(point) {
    const around = [[point.x - 6, point.y - 6], [point.x + 6, point.y + 6]];
    return this.map.queryRenderedFeatures(around, { layers: ["points", "lines", "areas"] })[0];
  }

  tell(event) {
    const found = this.hit(event.point);
    if (!found) return;
    const { title, note, href } = found.properties;
    const content = document.createElement("div");
    content.append(element("strong", { textContent: title }));
    if (note) content.append(element("p", { textContent: note }));
    if (href) content.append(element("a", { href, textContent: this.dataset.more }));
    new maplibre.Popup({ closeButton: true }).setLngLat(event.lngLat).setDOMContent(content).addTo(this.map);
  }
});

function style(data) {
  const tokens = getComputedStyle(document.documentElement);
  const token = name => tokens.getPropertyValue(`--${name}`).trim();
  const tone = ["match", ["get", "tone"], ...TONES.flatMap(name => [name, token({ busy: "info", quiet: "ink-3" }[name] ?? name)]), token("ink-3")];
  const kind = name => ["==", ["geometry-type"], name];
  return {
    version: 8,
    sources: { data: { type: "geojson", data }, grid: { type: "geojson", data: grid(data.bbox) } },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": token("sunk") } },
      { id: "grid", type: "line", source: "grid", paint: { "line-color": token("line"), "line-width": 1 } },
      { id: "areas", type: "fill", source: "data", filter: kind("Polygon"), paint: { "fill-color": tone, "fill-opacity": 0.14 } },
      { id: "edges", type: "line", source: "data", filter: kind("Polygon"), paint: { "line-color": tone, "line-width": 1.5 } },
      { id: "lines", type: "line", source: "data", filter: kind("LineString"), paint: { "line-color": tone, "line-width": 3 }, layout: { "line-cap": "round", "line-join": "round" } },
      { id: "points", type: "circle", source: "data", filter: kind("Point"), paint: { "circle-color": tone, "circle-radius": 6, "circle-stroke-color": token("card"), "circle-stroke-width": 2 } },
    ],
  };
}

// Lines of longitude and latitude, about eight across: something to hold on to where there is no ground map.
function grid([west, south, east, north]) {
  const span = Math.max(east - west, north - south, 0.01);
  const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30].find(each => span / each <= 8) ?? 30;
  const from = (low, out) => Math.floor((low - out) / step) * step;
  const lines = [];
  for (let x = from(west, span * 2); x <= east + span * 2; x += step) lines.push([[x, Math.max(-85, south - span * 2)], [x, Math.min(85, north + span * 2)]]);
  for (let y = from(south, span * 2); y <= north + span * 2; y += step) if (Math.abs(y) <= 85) lines.push([[west - span * 2, y], [east + span * 2, y]]);
  return { type: "Feature", properties: {}, geometry: { type: "MultiLineString", coordinates: lines } };
}

function places(geometry) {
  if (geometry.type === "Point") return [geometry.coordinates];
  return geometry.type === "Polygon" ? geometry.coordinates.flat() : geometry.coordinates;
}

function middle(geometry) {
  const all = places(geometry);
  if (geometry.type !== "Polygon") return all[Math.floor(all.length / 2)];
  const [west, south, east, north] = box({ features: [{ geometry }] });
  return [(west + east) / 2, (south + north) / 2];
}

function box(data) {
  const all = data.features.flatMap(feature => places(feature.geometry));
  const xs = all.map(([x]) => x), ys = all.map(([, y]) => y);
  const least = list => list.reduce((a, b) => Math.min(a, b), Infinity), most = list => list.reduce((a, b) => Math.max(a, b), -Infinity);
  return all.length ? [least(xs), least(ys), most(xs), most(ys)] : [97, 26, 111, 35]; // Sichuan and Chongqing
}

function element(tag, values) { return Object.assign(document.createElement(tag), values); }

async function fetched(src) {
  const answer = await fetch(src, { headers: { Accept: "application/geo+json, application/json" }, credentials: "same-origin" });
  if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
  return answer.json();
}
