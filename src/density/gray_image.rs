use std::io::Cursor;

use png::{BitDepth, ColorType, Decoder, Limits, Transformations};

use crate::error::{Error, Result};

/// Most pixels of an image: 8192 x 8192, a tenth of a millimetre on a head.
const MOST_PIXELS: u64 = 1 << 26;
/// Most bytes that decoding may take beside the picture.
const DECODER_BYTES: usize = 1 << 28;

/// A gray image: numbers from 0 (black) to 1 (white) as they stand in the file, without any correction of their tones.
#[derive(Clone, PartialEq)]
pub struct GrayImage {
    width: usize,
    /// Rows from above, 65535 for white.
    pixels: Vec<u16>,
}

impl std::fmt::Debug for GrayImage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GrayImage({} x {})", self.width, self.height())
    }
}

impl GrayImage {
    /// Reads a PNG (W3C, Portable Network Graphics, third edition): gray, with a palette or in colours, as long as every pixel is gray
    /// and opaque.
    ///
    /// # Errors
    /// No PNG, one that is damaged or larger than 2^26 pixels, and pixels with a colour or that shine through, which are named.
    pub fn read_png(bytes: &[u8]) -> Result<Self> {
        let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: DECODER_BYTES });
        decoder.set_transformations(Transformations::EXPAND);
        let header = decoder.read_header_info().map_err(|error| unreadable(&error))?;
        let [width, height] = [header.width, header.height];
        if u64::from(width) * u64::from(height) > MOST_PIXELS {
            return Err(Error::input(format!("an image of {width} x {height} pixels"))
                .expected(format!("at most {MOST_PIXELS} pixels, as 8192 x 8192 has"))
                .remedy("make the image smaller: a pixel of half a millimetre is fine enough"));
        }
        let mut reader = decoder.read_info().map_err(|error| unreadable(&error))?;
        let (kind, depth) = reader.output_color_type();
        let mut data = vec![0; reader.output_buffer_size().unwrap_or_default()];
        reader.next_frame(&mut data).map_err(|error| unreadable(&error))?;
        let wide: Vec<u16> = match depth {
            BitDepth::Sixteen => data.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect(),
            _ => data.iter().map(|&byte| 257 * u16::from(byte)).collect(),
        };
        let width = width as usize;
        let pixels = match kind {
            ColorType::Grayscale => wide,
            _ => grays(&wide, kind, width)?,
        };
        Ok(Self { width, pixels })
    }

    fn height(&self) -> usize {
        self.pixels.len() / self.width.max(1)
    }

    /// The number at a place from 0 to 1 to the right and down, linear between the middles of pixels; beyond those of the outermost
    /// it stays as it is there.
    pub fn at(&self, [u, v]: [f64; 2]) -> f64 {
        let pixel = |x: usize, y: usize| f64::from(self.pixels[y * self.width + x]) / f64::from(u16::MAX);
        let split = |share: f64, count: usize| {
            let last = count.saturating_sub(1);
            let at = (share * count as f64 - 0.5).clamp(0.0, last as f64);
            let first = (at.floor() as usize).min(last);
            (first, (first + 1).min(last), at - first as f64)
        };
        let ((left, right, x), (upper, lower, y)) = (split(u, self.width), split(v, self.height()));
        let row = |y: usize| pixel(left, y) * (1.0 - x) + pixel(right, y) * x;
        row(upper) * (1.0 - y) + row(lower) * y
    }
}

/// One number a pixel of an image in colours or with an opacity.
fn grays(samples: &[u16], kind: ColorType, width: usize) -> Result<Vec<u16>> {
    let gray = |(index, pixel): (usize, &[u16])| {
        let (colours, opacity) = if matches!(kind, ColorType::GrayscaleAlpha | ColorType::Rgba) {
            (&pixel[..pixel.len() - 1], pixel[pixel.len() - 1])
        } else {
            (pixel, u16::MAX)
        };
        let found = if opacity < u16::MAX {
            "a pixel that shines through"
        } else if colours.iter().any(|colour| *colour != colours[0]) {
            "a pixel with a colour"
        } else {
            return Ok(colours[0]);
        };
        Err(Error::input(found)
            .place(format!("column {}, row {} from the upper left", index % width, index / width))
            .expected("a gray image without transparency")
            .remedy("export the painting as an opaque gray image"))
    };
    samples.chunks_exact(kind.samples()).enumerate().map(gray).collect()
}

fn unreadable(error: &png::DecodingError) -> Error {
    Error::input(format!("no PNG that can be read ({error})"))
        .expected("a PNG image")
        .remedy("export the painting again, as PNG")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(kind: ColorType, depth: BitDepth, [width, height]: [u32; 2], data: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(kind);
        encoder.set_depth(depth);
        if kind == ColorType::Indexed {
            encoder.set_palette(vec![0, 0, 0, 51, 51, 51, 255, 255, 255]);
        }
        encoder.write_header().unwrap().write_image_data(data).unwrap();
        bytes
    }

    fn near(image: &GrayImage, place: [f64; 2], wanted: f64) {
        assert!((image.at(place) - wanted).abs() < 1e-12, "{} at {place:?}, {wanted} wanted", image.at(place));
    }

    #[test]
    fn every_way_to_store_gray_is_read_the_same() {
        let data: &[(ColorType, BitDepth, &[u8])] = &[
            (ColorType::Grayscale, BitDepth::Eight, &[0, 51, 255, 0]),
            (ColorType::Grayscale, BitDepth::Sixteen, &[0, 0, 51, 51, 255, 255, 0, 0]),
            (ColorType::GrayscaleAlpha, BitDepth::Eight, &[0, 255, 51, 255, 255, 255, 0, 255]),
            (ColorType::Rgb, BitDepth::Eight, &[0, 0, 0, 51, 51, 51, 255, 255, 255, 0, 0, 0]),
            (ColorType::Rgba, BitDepth::Eight, &[0, 0, 0, 255, 51, 51, 51, 255, 255, 255, 255, 255, 0, 0, 0, 255]),
            (ColorType::Indexed, BitDepth::Eight, &[0, 1, 2, 0]),
        ];
        for (kind, depth, data) in data {
            let image = GrayImage::read_png(&png(*kind, *depth, [2, 2], data)).unwrap();
            for (place, wanted) in [([0.25, 0.25], 0.0), ([0.75, 0.25], 0.2), ([0.25, 0.75], 1.0), ([0.75, 0.75], 0.0)]
            {
                near(&image, place, wanted);
            }
            // Between the middles, and beyond the outermost.
            near(&image, [0.5, 0.25], 0.1);
            near(&image, [0.5, 0.5], 0.3);
            near(&image, [0.0, 1.0], 1.0);
        }
    }

    #[test]
    fn colours_holes_and_damage_are_refused_by_place() {
        let refused = |bytes: &[u8], part: &str| {
            let text = GrayImage::read_png(bytes).unwrap_err().to_string();
            assert!(text.contains(part), "{text}");
        };
        refused(
            &png(ColorType::Rgb, BitDepth::Eight, [1, 2], &[9, 9, 9, 9, 8, 9]),
            "column 0, row 1 from the upper left: found a pixel with a colour; expected a gray image",
        );
        refused(&png(ColorType::GrayscaleAlpha, BitDepth::Eight, [2, 1], &[9, 255, 9, 254]), "column 1, row 0");
        refused(b"", "no PNG");
        refused(b"GIF89a", "no PNG");
        let whole = png(ColorType::Grayscale, BitDepth::Eight, [64, 64], &[7; 4096]);
        refused(&whole[..whole.len() / 2], "no PNG that can be read");
        // The header alone is enough to refuse what would fill the memory.
        let mut huge = whole;
        huge[16..24].copy_from_slice(&[0, 0, 64, 0, 0, 0, 64, 0]);
        let crc = crc32(&huge[12..29]);
        huge[29..33].copy_from_slice(&crc.to_be_bytes());
        refused(&huge, "an image of 16384 x 16384 pixels; expected at most 67108864 pixels");
    }

    /// As the PNG specification has it, bit by bit.
    fn crc32(bytes: &[u8]) -> u32 {
        let step =
            |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 * (crc & 1)));
        !bytes.iter().fold(u32::MAX, step)
    }
}
