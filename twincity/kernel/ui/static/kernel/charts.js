// <tc-chart>: draws the figure that its JSON describes; the table behind it then folds away. What the table says, the
// chart says, so that nothing is lost where it cannot be drawn.
import "./vendor/echarts.common.min.js";

const QUERIES = ["(prefers-color-scheme: dark)", "(prefers-contrast: more)", "(forced-colors: active)", "print"].map(query => matchMedia(query));
const SYMBOLS = ["circle", "rect", "triangle", "diamond", "emptyCircle", "emptyRect"];

customElements.define("tc-chart", class extends HTMLElement {
  connectedCallback() {
    if (this.chart) return;
    this.figure = JSON.parse(this.querySelector("script").textContent);
    this.place = document.createElement("div");
    this.place.role = "img";
    this.place.ariaLabel = this.figure.title;
    this.append(this.place);
    this.setAttribute("drawn", "");
    this.chart = globalThis.echarts.init(this.place);
    this.redraw = () => this.chart.setOption(option(this.figure), true);
    this.redraw();
    this.watch = new ResizeObserver(() => { this.chart.resize(); this.redraw(); });
    this.watch.observe(this.place);
    for (const query of QUERIES) query.addEventListener("change", this.redraw);
    const details = this.parentElement.querySelector("details");
    if (details) details.open = false;
  }

  disconnectedCallback() {
    this.watch?.disconnect();
    for (const query of QUERIES) query.removeEventListener("change", this.redraw);
    this.chart?.dispose();
    this.chart = null;
    this.place?.remove();
  }
});

function option(figure) {
  const tokens = getComputedStyle(document.documentElement);
  const token = name => tokens.getPropertyValue(`--${name}`).trim();
  const text = { color: token("ink-2"), fontFamily: token("sans"), fontSize: 12 };
  const common = {
    animation: false,
    color: [1, 2, 3, 4, 5, 6].map(n => token(`series-${n}`)),
    textStyle: text,
    // Shades are not enough for everybody: patterns and symbols tell series apart as well.
    aria: { enabled: true, label: { enabled: false }, decal: { show: QUERIES[1].matches || QUERIES[2].matches } },
    tooltip: {
      trigger: figure.kind === "share" ? "item" : "axis",
      renderMode: "richText", // the other mode writes style attributes, which the content security policy refuses
      confine: true,
      backgroundColor: token("card"),
      borderColor: token("line-2"),
      textStyle: { ...text, color: token("ink") },
      valueFormatter: value => (value === null || value === undefined ? "—" : `${value.toLocaleString()} ${figure.unit}`),
    },
    legend: {
      show: figure.series.length > 1 || figure.kind === "share",
      type: "scroll", bottom: 0, icon: "roundRect", itemWidth: 12, itemHeight: 12,
      textStyle: text, pageTextStyle: text, pageIconColor: token("ink-2"), pageIconInactiveColor: token("line"),
    },
  };
  return { ...common, ...(figure.kind === "share" ? share(figure, token, text) : axes(figure, token, text)) };
}

function axes(figure, token, text) {
  const line = { lineStyle: { color: token("line-2") } };
  const names = { type: "category", data: figure.labels, axisLine: line, axisTick: { show: false }, axisLabel: { ...text, hideOverlap: true }, inverse: figure.lying };
  const values = { type: "value", axisLabel: text, splitLine: { lineStyle: { color: token("line") } } };
  return {
    grid: { left: 4, right: 16, top: 12, bottom: figure.series.length > 1 ? 34 : 6, containLabel: true },
    xAxis: figure.lying ? values : { ...names, boundaryGap: figure.kind !== "line" },
    yAxis: figure.lying ? names : values,
    series: figure.series.map((each, place) => ({
      type: figure.kind,
      name: each.name,
      data: each.values,
      stack: figure.stacked ? "all" : undefined,
      barMaxWidth: 28,
      symbol: SYMBOLS[place % SYMBOLS.length],
      symbolSize: 6,
      showSymbol: figure.labels.length <= 40,
      lineStyle: { width: 2 },
    })),
  };
}

function share(figure, token, text) {
  const data = figure.labels.map((name, place) => ({ name, value: figure.series[0].values[place] }));
  const label = { ...text, color: token("ink"), formatter: "{d}%" };
  return {
    series: [{
      type: "pie", radius: ["45%", "72%"], center: ["50%", "45%"], data, label,
      labelLine: { lineStyle: { color: token("line-2") } },
      itemStyle: { borderColor: token("card"), borderWidth: 2 },
    }],
  };
}

// On paper there is nothing to unfold.
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll(".tc-figure details")) details.open = true;
});
