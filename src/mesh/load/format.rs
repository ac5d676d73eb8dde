use std::path::Path;

use crate::error::{Error, Result};

/// File format of a mesh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Stereolithography, ASCII or binary.
    Stl,
    /// Wavefront.
    Obj,
    /// Polygon file format, ASCII or binary of either byte order.
    Ply,
    /// glTF 2.0, as JSON (`.gltf`) or binary (`.glb`).
    Gltf,
    /// Object file format of Geomview.
    Off,
}

impl Format {
    /// The format that the extension of the path names, in either case.
    pub fn of_path(path: &Path) -> Result<Self> {
        let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        match extension.as_str() {
            "stl" => Ok(Self::Stl),
            "obj" => Ok(Self::Obj),
            "ply" => Ok(Self::Ply),
            "gltf" | "glb" => Ok(Self::Gltf),
            "off" => Ok(Self::Off),
            _ => Err(Error::input(format!("the file extension \"{extension}\""))
                .expected("one of stl, obj, ply, gltf, glb, off")
                .remedy("convert the mesh or correct the name")),
        }
    }

    /// The format of a file without a name, by its content.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        // A binary STL has a header of 80 bytes, a count, and 50 bytes for each triangle.
        let count = bytes.get(80..84).and_then(|count| count.try_into().ok()).map(u32::from_le_bytes);
        let is_binary_stl = count.is_some_and(|count| 84 + 50 * u64::from(count) == bytes.len() as u64);
        match Self::of_content(bytes) {
            Some(format) => format,
            None if is_binary_stl || bytes.trim_ascii_start().starts_with(b"solid") => Self::Stl,
            None => Self::Obj,
        }
    }

    /// Refuses bytes that begin like a file of another format.
    pub(super) fn confirm(self, bytes: &[u8]) -> Result<()> {
        match Self::of_content(bytes) {
            Some(other) if other != self => {
                Err(Error::input(format!("the beginning of a file in {} format", other.name()))
                    .expected(format!("{} format", self.name()))
                    .remedy("give the file the extension of its format"))
            }
            _ => Ok(()),
        }
    }

    /// The format whose mark stands at the beginning; STL and OBJ have none.
    fn of_content(bytes: &[u8]) -> Option<Self> {
        let first_word = bytes.split(u8::is_ascii_whitespace).find(|word| !word.is_empty())?;
        match first_word {
            b"ply" => Some(Self::Ply),
            word if word.starts_with(b"glTF") || word.starts_with(b"{") => Some(Self::Gltf),
            word if word.len() <= 6 && word.ends_with(b"OFF") => Some(Self::Off),
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Stl => "STL",
            Self::Obj => "OBJ",
            Self::Ply => "PLY",
            Self::Gltf => "glTF",
            Self::Off => "OFF",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_name_is_told_by_its_content() {
        let mut binary_stl = b"solid in name only".to_vec();
        binary_stl.resize(84 + 50, 0);
        binary_stl[80] = 1;
        let files: [(&[u8], Format); 7] = [
            (&binary_stl, Format::Stl),
            (b"solid head\nfacet normal 0 0 1", Format::Stl),
            (b"ply\nformat ascii 1.0\n", Format::Ply),
            (b"glTF\x02\0\0\0", Format::Gltf),
            (b"{ \"asset\": {} }", Format::Gltf),
            (b"OFF\n3 1 0\n", Format::Off),
            (b"# made by hand\nv 0 0 0\n", Format::Obj),
        ];
        for (bytes, format) in files {
            assert_eq!(Format::of_bytes(bytes), format);
        }
        binary_stl.pop();
        binary_stl[..5].fill(b' ');
        assert_eq!(Format::of_bytes(&binary_stl), Format::Obj, "a binary STL has a fixed length");
    }
}
