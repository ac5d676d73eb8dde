//! Views as pictures, against pictures that were looked at when they were committed. `TONSURE_BLESS=1` writes them anew.

use std::env;
use std::fs;
use std::io::Cursor;

use tonsure::preview::png;

use super::*;

/// Pixels of a picture may differ by so much in the mean, of 255: edges lie a little otherwise on other machines.
const MEAN: f64 = 0.5;
/// And so many of them, as a share, by more than a third of the whole range: a dot that is missing or stands elsewhere.
const FAR: f64 = 5e-5;

struct Picture {
    width: usize,
    height: usize,
    per_m: u32,
    rgb: Vec<u8>,
}

fn decoded(bytes: &[u8]) -> Picture {
    let mut reader = png_decoder(bytes);
    let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut rgb).unwrap();
    assert_eq!(info.color_type, ::png::ColorType::Rgb);
    let per_m = reader.info().pixel_dims.unwrap().xppu;
    Picture { width: info.width as usize, height: info.height as usize, per_m, rgb }
}

fn png_decoder(bytes: &[u8]) -> ::png::Reader<Cursor<&[u8]>> {
    ::png::Decoder::new(Cursor::new(bytes)).read_info().unwrap()
}

/// A drawing without words: fonts differ from system to system.
fn wordless(svg: &str) -> String {
    let mut parts = svg.split("<text");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once("</text>").map_or("", |(_, rest)| rest))
}

fn compare(name: &str, svg: &str, dpi: f64) {
    let made = png(&wordless(svg), dpi).unwrap();
    let path = format!("{}/tests/it/preview/{name}.png", env!("CARGO_MANIFEST_DIR"));
    if env::var("TONSURE_BLESS").is_ok() {
        fs::write(&path, &made).unwrap();
    }
    let (made, wanted) = (decoded(&made), decoded(&fs::read(&path).unwrap()));
    assert_eq!([made.width, made.height], [wanted.width, wanted.height], "{name}");
    assert_eq!(made.per_m, (dpi / 0.0254).round() as u32, "{name}");
    let off: Vec<u8> = made.rgb.iter().zip(&wanted.rgb).map(|(a, b)| a.abs_diff(*b)).collect();
    let mean = off.iter().map(|&off| f64::from(off)).sum::<f64>() / off.len() as f64;
    let far = off.iter().filter(|&&off| off > 85).count() as f64 / off.len() as f64;
    assert!(mean <= MEAN && far <= FAR, "{name}: {mean} of 255 in the mean, {far} of the pixels far off");
}

#[test]
fn views_and_unwrap_look_as_they_did() {
    let (scan, cap) = ball_and_cap();
    let mut plan = ball_plan(120);
    // Dots that show at few pixels.
    plan.dots.iter_mut().for_each(|dot| dot.diameter_mm = 3.0);
    for (name, drawing) in Drawing::NAMES.into_iter().take(3) {
        let options = SheetOptions { only: Some(drawing), ..SheetOptions::default() };
        compare(name, &drawn(&plan, &scan, &cap, options).unwrap().svg, 30.0);
    }
    let input = SheetInput { plan: &plan, scan: &scan, index: &SurfaceIndex::build(&scan), region: &cap };
    let options =
        LookOptions { look: Look::Healed, view: View::Top, skin: Rgb::of_fitzpatrick(3), ink: Rgb([30, 30, 30]) };
    compare("healed", &look_sheet(&input, None, options).unwrap(), 20.0);
}

#[test]
fn a_picture_that_lacks_a_dot_differs() {
    let (scan, cap) = ball_and_cap();
    let mut plan = ball_plan(120);
    plan.dots.iter_mut().for_each(|dot| dot.diameter_mm = 3.0);
    let options = SheetOptions { only: Some(Drawing::View(View::Top)), ..SheetOptions::default() };
    let picture =
        |plan: &Plan| decoded(&png(&wordless(&drawn(plan, &scan, &cap, options).unwrap().svg), 30.0).unwrap()).rgb;
    let whole = picture(&plan);
    plan.blocks.clear();
    plan.dots.remove(3);
    let lacking = picture(&plan);
    let far = whole.iter().zip(&lacking).filter(|(a, b)| a.abs_diff(**b) > 85).count() as f64 / whole.len() as f64;
    assert!(far > FAR, "{far}");
}

#[test]
fn pictures_too_large_are_refused() {
    let huge = r#"<svg xmlns="http://www.w3.org/2000/svg" width="1000mm" height="1000mm" viewBox="0 0 1 1"/>"#;
    let error = png(huge, 1200.0).unwrap_err().to_string();
    assert!(error.contains("47245 × 47245 pixels") && error.contains("--view"), "{error}");
}
