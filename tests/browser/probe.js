// Looks at the page that it stands in and tells its parent what a person would notice.
const errors = [];
addEventListener("error", (event) => errors.push(String(event.message)));
addEventListener("securitypolicyviolation", (event) => errors.push(`blocked: ${event.blockedURI}`));

const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
const isSolid = (colour) => { const [, , , alpha = 1] = channels(colour); return alpha === 1; };

function luminance(colour) {
  const linear = channels(colour).slice(0, 3).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
}

function behind(element) {
  for (let node = element; node; node = node.parentElement) {
    const colour = getComputedStyle(node).backgroundColor;
    if (isSolid(colour)) return colour;
  }
  return "rgb(255, 255, 255)";
}

function contrast(element) {
  const style = getComputedStyle(element);
  const ink = element.closest("svg") ? style.fill : style.color;
  const [dark, light] = [luminance(ink), luminance(behind(element))].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const name = (element) => `${element.tagName}.${element.getAttribute("class") ?? ""}: ${element.textContent.trim().slice(0, 40)}`;
const isShown = (element) => element.getClientRects().length > 0 && !element.closest(".sr, .skip, thead");
const ownText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());

function look() {
  for (const fold of document.querySelectorAll("details")) fold.open = true;
  const shown = [...document.body.querySelectorAll("*")].filter(isShown);
  const charts = [...document.querySelectorAll("svg.chart")].filter(isShown);
  const isEmpty = (chart) => ![...chart.querySelectorAll("rect, polyline, path, circle")].some((shape) => {
    const box = shape.getBoundingClientRect();
    return box.width > 0 && box.height > 0;
  });
  return {
    errors,
    title: document.title,
    overflow: document.documentElement.scrollWidth - innerWidth,
    outside: shown.filter((item) => !item.closest("nav, svg, pre") && item.getBoundingClientRect().right > innerWidth + 1).map(name),
    charts: charts.length,
    emptyCharts: charts.filter(isEmpty).map((chart) => chart.getAttribute("aria-label")),
    background: getComputedStyle(document.body).backgroundColor,
    faint: shown.filter((item) => ownText(item) && contrast(item) < 4.5).map((item) => `${contrast(item).toFixed(2)} ${name(item)}`),
    small: shown.filter((item) => ownText(item) && parseFloat(getComputedStyle(item).fontSize) < 12).map(name),
  };
}

addEventListener("load", () => parent.postMessage(JSON.stringify(look()), "*"));
