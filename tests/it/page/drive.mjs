// Uses a page as a person would and prints what there was to see, as JSON. Arguments: the page, places to click in the view
// from above as "x,y" in mm from the middle of the dots, a line of the first program.
import { createRequire } from "node:module";
const { chromium } = createRequire(`${process.env.NODE_PATH}/`)("playwright-core");
const [file, places, line] = process.argv.slice(2);

const browser = await chromium.launch({
  executablePath: process.env.TONSURE_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
});
const page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
const seen = { faults: [], requests: [], picked: [] };
page.on("console", message => message.type() === "error" && seen.faults.push(message.text()));
page.on("pageerror", error => seen.faults.push(error.message));
page.on("dialog", dialog => { seen.faults.push(`dialog ${dialog.message()}`); dialog.dismiss(); });
page.on("request", request => seen.requests.push(request.url()));

/** Waits until a picture is drawn that is later than the one now. */
const redrawn = async act => {
  const before = await page.evaluate(() => Number(document.body.dataset.drawn ?? 0));
  await act();
  await page.waitForFunction(count => Number(document.body.dataset.drawn ?? 0) > count, before);
};
const data = selector => page.$eval(selector, node => ({ ...node.dataset }));
const pixels = () => page.locator("#canvas").screenshot();

await redrawn(() => page.goto(`file://${file}`));
seen.dots = (await data("body")).dots;
seen.shown = (await data("#shown")).count;
seen.title = await page.textContent("#title");
seen.window_title = await page.title();
seen.headline = await page.textContent("#headline");
seen.findings = await page.locator("#findings .finding").count();
seen.images = await page.locator("img").count();

await redrawn(() => page.click("#views button:nth-child(5)"));
const box = await page.locator("#canvas").boundingBox();
const scale = await page.$eval("#scale span", node => node.getBoundingClientRect().width);
const pixels_per_mm = scale / parseFloat(await page.textContent("#scale figcaption"));
for (const [x, y] of places.split(" ").map(place => place.split(",").map(Number))) {
  await redrawn(() => page.mouse.click(box.x + box.width / 2 + x * pixels_per_mm, box.y + box.height / 2 - y * pixels_per_mm));
  seen.picked.push((await data("#panels section:first-child")).dot);
}

await page.click("summary");
const all = await pixels();
await redrawn(() => page.click("#session-1"));
seen.without_session_1 = (await data("#shown")).count;
seen.hiding_shows = !all.equals(await pixels());
await redrawn(() => page.click("#session-1"));
await page.click("summary");

await redrawn(() => page.focus("#slider").then(() => page.keyboard.press("End")));
seen.end = await data("#readout");
await redrawn(() => page.keyboard.press("Home"));
seen.start = await data("#readout");
await page.focus("#canvas");
await redrawn(() => page.keyboard.press("ArrowRight"));
seen.first = await data("#readout");
await redrawn(() => page.fill("#line", line).then(() => page.press("#line", "Tab")));
seen.at_line = await data("#readout");
await page.selectOption("#speed", "1000");
await redrawn(() => page.click("#play"));
await page.waitForFunction(struck => Number(document.querySelector("#readout").dataset.struck) > Number(struck), seen.at_line.struck);

for (const value of await page.$$eval("#colour option", options => options.map(option => option.value))) {
  await redrawn(() => page.selectOption("#colour", value));
}
await redrawn(() => page.click("#theme"));
await page.emulateMedia({ media: "print" });
seen.player_on_paper = await page.locator("#player").isVisible();
await browser.close();
console.log(JSON.stringify(seen));
