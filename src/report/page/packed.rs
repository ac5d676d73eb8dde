use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Serialize;

/// Numbers for a typed array of the page: little-endian bytes in base64, by the type's name.
#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Packed {
    F32(String),
    U32(String),
    U16(String),
    U8(String),
    I8(String),
}

impl Packed {
    /// In the nearest single precision: 10 nm for lengths of a head.
    pub(super) fn f32(numbers: impl IntoIterator<Item = f64>) -> Self {
        Self::F32(encode(numbers.into_iter().map(|number| (number as f32).to_le_bytes())))
    }

    pub(super) fn u32(numbers: impl IntoIterator<Item = u32>) -> Self {
        Self::U32(encode(numbers.into_iter().map(u32::to_le_bytes)))
    }

    pub(super) fn u8(numbers: impl IntoIterator<Item = u8>) -> Self {
        Self::U8(encode(numbers.into_iter().map(u8::to_le_bytes)))
    }

    /// Shares of `[0, 1]` in steps of 1/65535.
    pub(super) fn shares(shares: impl IntoIterator<Item = f64>) -> Self {
        let step = |share: f64| (share.clamp(0.0, 1.0) * f64::from(u16::MAX)).round() as u16;
        Self::U16(encode(shares.into_iter().map(|share| step(share).to_le_bytes())))
    }

    /// Coordinates of unit vectors in steps of 1/127.
    pub(super) fn directions(coordinates: impl IntoIterator<Item = f64>) -> Self {
        let step = |c: f64| (c.clamp(-1.0, 1.0) * f64::from(i8::MAX)).round() as i8;
        Self::I8(encode(coordinates.into_iter().map(|c| step(c).to_le_bytes())))
    }
}

fn encode<const N: usize>(words: impl Iterator<Item = [u8; N]>) -> String {
    BASE64.encode(words.flatten().collect::<Vec<u8>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_packed_in_little_endian_order() {
        let bytes = |packed: Packed| match packed {
            Packed::F32(text) | Packed::U32(text) | Packed::U16(text) | Packed::U8(text) | Packed::I8(text) => {
                BASE64.decode(text).unwrap()
            }
        };
        assert_eq!(bytes(Packed::f32([1.0, -2.0])), [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]);
        assert_eq!(bytes(Packed::u32([0x0102_0304])), [4, 3, 2, 1]);
        assert_eq!(bytes(Packed::shares([0.0, 1.0, 2.0])), [0, 0, 0xff, 0xff, 0xff, 0xff]);
        assert_eq!(bytes(Packed::directions([-1.0, 0.0, 1.0])), [0x81, 0, 0x7f]);
        assert_eq!(serde_json::to_string(&Packed::u8([0])).unwrap(), r#"{"u8":"AA=="}"#);
    }
}
