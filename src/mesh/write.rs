use std::io::{self, Write};

use super::TriMesh;

/// Writes the mesh as binary little-endian PLY: coordinates and the named vertex properties as `double`, so that they
/// read back to the same numbers, faces as `list uchar int vertex_indices`.
///
/// Each property has one value a vertex; anything else is an error of kind `InvalidInput`.
pub fn write_ply(out: &mut impl Write, mesh: &TriMesh, vertex_properties: &[(&str, &[f64])]) -> io::Result<()> {
    let invalid = |what: String| Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    let count = mesh.vertices().len();
    if i32::try_from(count).is_err() {
        return invalid(format!("{count} vertices; a PLY index of type int holds no more than {}", i32::MAX));
    }
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    for (name, values) in vertex_properties {
        if values.len() != count || !is_name(name) || ["x", "y", "z"].contains(name) {
            return invalid(format!("property \"{name}\" with {} values for {count} vertices", values.len()));
        }
    }
    write!(out, "ply\nformat binary_little_endian 1.0\ncomment units mm\nelement vertex {count}\n")?;
    for name in ["x", "y", "z"].into_iter().chain(vertex_properties.iter().map(|(name, _)| *name)) {
        writeln!(out, "property double {name}")?;
    }
    write!(out, "element face {}\nproperty list uchar int vertex_indices\nend_header\n", mesh.triangles().len())?;

    let mut rows = Vec::with_capacity(count * 8 * (3 + vertex_properties.len()));
    for (index, vertex) in mesh.vertices().iter().enumerate() {
        let properties = vertex_properties.iter().map(|(_, values)| &values[index]);
        rows.extend(vertex.iter().chain(properties).flat_map(|number| number.to_le_bytes()));
    }
    out.write_all(&rows)?;
    rows.clear();
    for corners in mesh.triangles() {
        rows.push(3);
        rows.extend(corners.iter().flat_map(|corner| corner.to_le_bytes()));
    }
    out.write_all(&rows)
}
