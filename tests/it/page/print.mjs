// Prints a drawing as a browser does. Arguments: the drawing, the PDF.
import { createRequire } from "node:module";
const { chromium } = createRequire(`${process.env.NODE_PATH}/`)("playwright-core");
const [file, pdf] = process.argv.slice(2);

const browser = await chromium.launch({ executablePath: process.env.TONSURE_CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await browser.newPage();
await page.goto(`file://${file}`);
await page.pdf({ path: pdf, preferCSSPageSize: true, printBackground: true });
await browser.close();
