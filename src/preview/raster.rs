use crate::error::{Error, Result};

/// Pixels an inch of a picture where none are asked for: as printers draw.
pub const DEFAULT_DPI: f64 = 300.0;

/// A drawing as a picture in PNG that knows its own scale, on white. Words are set in a font of the system.
///
/// # Errors
/// A picture of too many pixels; a drawing with words on a system without fonts. Without the feature `png` always.
#[cfg(feature = "png")]
pub fn png(svg: &str, dpi: f64) -> Result<Vec<u8>> {
    use resvg::tiny_skia::{Color, Pixmap, Transform};
    use resvg::usvg::{Options, Tree};

    let system = |error: &dyn std::fmt::Display| Error::system(error.to_string()).place("the picture");
    let options = Options { dpi: dpi as f32, fontdb: std::sync::Arc::new(fonts(svg)?), ..Options::default() };
    let tree = Tree::from_str(svg, &options).map_err(|error| system(&error))?;
    let [width, height] = [tree.size().width(), tree.size().height()].map(f32::ceil);
    if width * height > MOST_PIXELS {
        return Err(Error::usage(format!("a picture of {width} × {height} pixels"))
            .place("--dpi")
            .expected(format!("at most {} million pixels", MOST_PIXELS / 1e6))
            .remedy("ask for fewer pixels an inch, or for one drawing with --view"));
    }
    let Some(mut pixels) = Pixmap::new(width as u32, height as u32) else {
        return Err(Error::system(format!("no room for {width} × {height} pixels")));
    };
    pixels.fill(Color::WHITE);
    resvg::render(&tree, Transform::identity(), &mut pixels.as_mut());

    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, pixels.width(), pixels.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let per_m = (dpi / 0.0254).round() as u32;
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: per_m, yppu: per_m, unit: png::Unit::Meter }));
    // On white nothing shows through: the fourth byte of each pixel says nothing.
    let opaque: Vec<u8> = pixels.data().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    let mut writer = encoder.write_header().map_err(|error| system(&error))?;
    writer.write_image_data(&opaque).map_err(|error| system(&error))?;
    writer.finish().map_err(|error| system(&error))?;
    Ok(bytes)
}

/// This build has no renderer.
///
/// # Errors
/// Always.
#[cfg(not(feature = "png"))]
pub fn png(_: &str, _: f64) -> Result<Vec<u8>> {
    Err(Error::usage("a picture in PNG, which this build cannot draw").expected("a build with the feature png").remedy(
        "install with `cargo install --features png`, or write .svg, which browsers and Inkscape turn into pictures",
    ))
}

/// A sheet of all drawings of a large head at 300 pixels an inch has 140 million.
#[cfg(feature = "png")]
const MOST_PIXELS: f32 = 200e6;

/// The system's fonts, where the drawing has words. Of those that it asks for the first that is there stands for all.
#[cfg(feature = "png")]
fn fonts(svg: &str) -> Result<resvg::usvg::fontdb::Database> {
    let mut fonts = resvg::usvg::fontdb::Database::new();
    if !svg.contains("<text") {
        return Ok(fonts);
    }
    fonts.load_system_fonts();
    let families: Vec<String> =
        fonts.faces().filter_map(|face| face.families.first()).map(|(name, _)| name.clone()).collect();
    let wanted = ["Inter", "Helvetica Neue", "Arial", "Liberation Sans", "DejaVu Sans", "Noto Sans"];
    let found = wanted.into_iter().find(|name| families.iter().any(|family| family == name));
    let Some(found) = found.or(families.first().map(String::as_str)) else {
        return Err(Error::system("no font for the words of the drawing")
            .expected("a system with a font, such as DejaVu Sans")
            .remedy("install one, or write .svg"));
    };
    fonts.set_sans_serif_family(found);
    Ok(fonts)
}
