use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest, Sha256};

const TEMPLATE: &str = include_str!("assets/page.html");
const STYLE: &str = include_str!("assets/style.css");
/// One module, cut into files.
const SCRIPT: &str = concat!(
    include_str!("assets/data.js"),
    include_str!("assets/tint.js"),
    include_str!("assets/colours.js"),
    include_str!("assets/camera.js"),
    include_str!("assets/scene.js"),
    include_str!("assets/player.js"),
    include_str!("assets/panels.js"),
    include_str!("assets/charts.js"),
    include_str!("assets/main.js"),
);

const PICK_TEMPLATE: &str = include_str!("assets/pick.html");
const PICK_SCRIPT: &str = concat!(
    include_str!("assets/data.js"),
    include_str!("assets/tint.js"),
    include_str!("assets/camera.js"),
    include_str!("assets/scene.js"),
    include_str!("assets/pick.js"),
);

/// The page of a plan.
pub(super) fn page(title: &str, json: &str) -> String {
    filled(TEMPLATE, SCRIPT, title, json)
}

/// The page on which hairlines are drawn.
pub(super) fn pick_page(title: &str, json: &str) -> String {
    filled(PICK_TEMPLATE, PICK_SCRIPT, title, json)
}

/// A page with its parts in their places, in one pass, so that nothing in the data can be taken for a place.
fn filled(template: &str, script: &str, title: &str, json: &str) -> String {
    let mut page = String::with_capacity(template.len() + STYLE.len() + script.len() + json.len() + title.len());
    for (index, part) in template.split("@@").enumerate() {
        match part {
            _ if index % 2 == 0 => page.push_str(part),
            "policy" => page.push_str(&policy(script)),
            "title" => title.chars().for_each(|c| push_text(&mut page, c)),
            "style" => page.push_str(STYLE),
            // In JSON a `<` can only stand in a string, where an escape means the same.
            "data" => page.push_str(&json.replace('<', "\\u003c")),
            _ => page.push_str(script),
        }
    }
    page
}

/// As HTML's text.
fn push_text(page: &mut String, c: char) {
    match c {
        '<' => page.push_str("&lt;"),
        '&' => page.push_str("&amp;"),
        _ => page.push(c),
    }
}

/// Nothing is loaded, and no script and no style runs but these.
fn policy(script: &str) -> String {
    let hash = |text: &str| BASE64.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; img-src data: blob:; style-src 'sha256-{}'; script-src 'sha256-{}'",
        hash(STYLE),
        hash(script)
    )
}
