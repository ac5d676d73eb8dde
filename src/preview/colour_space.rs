use std::str::FromStr;

use crate::case::Skin;
use crate::error::{Error, Result};

/// A colour as on screens (sRGB, IEC 61966-2-1): red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rgb(
    /// 0 to 255 each.
    pub [u8; 3],
);

impl Rgb {
    /// `#rrggbb`.
    pub(super) fn hex(self) -> String {
        let [r, g, b] = self.0;
        format!("#{r:02x}{g:02x}{b:02x}")
    }

    /// Skin as a case tells it: as measured, else by its type.
    pub fn of_skin(skin: &Skin) -> Option<Self> {
        skin.lab.map(Self::of_lab).or_else(|| skin.fitzpatrick.map(Self::of_fitzpatrick))
    }

    /// Skin of one of Fitzpatrick's types, 1 to 6. The types are by reaction to the sun, not by colour: these are mean
    /// colours for pictures, and a measured one is better.
    pub fn of_fitzpatrick(kind: u8) -> Self {
        Self(match kind {
            0 | 1 => [246, 222, 206],
            2 => [236, 204, 180],
            3 => [219, 178, 144],
            4 => [184, 137, 100],
            5 => [134, 92, 64],
            _ => [84, 57, 44],
        })
    }

    /// From CIE L*a*b* with the white D65 (CIE 15:2018); what no screen shows is brought to its nearest.
    pub fn of_lab([l, a, b]: [f64; 3]) -> Self {
        const WHITE: [f64; 3] = [0.950_47, 1.0, 1.088_83];
        let y = (l + 16.0) / 116.0;
        let root = [y + a / 500.0, y, y - b / 200.0];
        let linear =
            |t: f64| if t > 6.0 / 29.0 { t.powi(3) } else { 3.0 * (6.0_f64 / 29.0).powi(2) * (t - 4.0 / 29.0) };
        let [x, y, z] = [0, 1, 2].map(|k| WHITE[k] * linear(root[k]));
        let rgb = [
            3.240_454 * x - 1.537_139 * y - 0.498_531 * z,
            -0.969_266 * x + 1.876_011 * y + 0.041_556 * z,
            0.055_643 * x - 0.204_026 * y + 1.057_225 * z,
        ];
        Self(rgb.map(|c| {
            let c = c.clamp(0.0, 1.0);
            let coded = if c <= 0.003_130_8 { 12.92 * c } else { 1.055 * c.powf(1.0 / 2.4) - 0.055 };
            (255.0 * coded).round() as u8
        }))
    }
}

impl FromStr for Rgb {
    type Err = Error;

    /// `#rrggbb`.
    fn from_str(text: &str) -> Result<Self> {
        let wrong = || {
            Error::usage(format!("the colour \"{text}\""))
                .expected("#rrggbb")
                .remedy("write it as #dbb290, for instance")
        };
        let digits =
            text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii()).ok_or_else(wrong)?;
        let part = |k: usize| u8::from_str_radix(digits.get(2 * k..2 * k + 2).unwrap_or(""), 16);
        match [part(0), part(1), part(2)] {
            [Ok(r), Ok(g), Ok(b)] if !digits.contains('+') => Ok(Self([r, g, b])),
            _ => Err(wrong()),
        }
    }
}

/// Share of a white's light that comes back, 0 to 1, never quite 0.
pub(super) fn luminance(colour: Rgb) -> f64 {
    let linear = colour.0.map(|c| {
        let c = f64::from(c) / 255.0;
        if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    });
    (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]).max(1e-3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lab_comes_out_as_published_pairs_do() {
        // Grey of half the lightness, and the corners of sRGB, by B. Lindbloom's calculator.
        for (lab, rgb) in [
            ([100.0, 0.0, 0.0], [255, 255, 255]),
            ([53.389, 0.0, 0.0], [127, 127, 127]),
            ([53.24, 80.09, 67.2], [255, 0, 0]),
            ([32.3, 79.19, -107.86], [0, 0, 255]),
        ] {
            let found = Rgb::of_lab(lab).0;
            assert!(found.iter().zip(rgb).all(|(a, b)| a.abs_diff(b) <= 1), "{lab:?}: {found:?}, not {rgb:?}");
        }
    }

    #[test]
    fn colours_are_read_as_pages_write_them() {
        assert_eq!("#dbb290".parse::<Rgb>().unwrap(), Rgb([219, 178, 144]));
        assert_eq!("#dbb290".parse::<Rgb>().unwrap().hex(), "#dbb290");
        for wrong in ["dbb290", "#dbb29", "#dbb29g", "#+1+1+1", "", "#ééé"] {
            assert!(wrong.parse::<Rgb>().is_err(), "{wrong}");
        }
    }
}
