//! glTF 2.0 (Khronos Group, glTF 2.0 Specification, ISO/IEC 12113:2022), as `.glb` or `.gltf`: the triangles of the
//! default scene with all node transforms applied.
//!
//! The `gltf` crate reads and validates the document. Accessors are read here, because the crate's own trust the counts
//! and offsets of the file. Skins and morph targets are not applied.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use gltf::accessor::{DataType, Dimensions};
use gltf::buffer::{Source, View};
use gltf::mesh::Mode;
use gltf::{Accessor, Document, Gltf, Node, Primitive, Scene};
use nalgebra::Matrix4;
use percent_encoding::percent_decode_str;

use super::lines::clip;
use super::soup::Soup;
use crate::error::{Error, Result};
use crate::geometry::Point;

type SideFiles<'a> = &'a dyn Fn(&str) -> Result<Vec<u8>>;

/// Extensions that a reader of plain triangles may meet among the required ones.
const HARMLESS_EXTENSIONS: [&str; 4] = ["KHR_mesh_quantization", "KHR_materials_", "KHR_texture_", "KHR_lights_"];

/// Nodes nested deeper than this are taken for a cycle.
const MAX_DEPTH: usize = 100;

pub(super) fn read(bytes: &[u8], side_files: SideFiles<'_>) -> Result<Soup> {
    check_container(bytes)?;
    let Gltf { document, blob } = Gltf::from_slice_without_validation(bytes).map_err(|error| unreadable(&error))?;
    let document = check_extensions(document)?;
    let buffers = document
        .buffers()
        .map(|buffer| {
            let place = format!("buffers[{}]", buffer.index());
            let data = match buffer.source() {
                Source::Bin => blob.clone().ok_or_else(|| Error::input("no binary chunk")),
                Source::Uri(uri) => resolve(uri, side_files),
            };
            let data = data.map_err(|error| error.place(&place).remedy("export the scan again, as .glb"))?;
            if data.len() < buffer.length() {
                return Err(Error::input(format!("{} bytes (truncated)", data.len()))
                    .place(place)
                    .expected(format!("byteLength {}", buffer.length()))
                    .remedy("copy or export the file again"));
            }
            Ok(data)
        })
        .collect::<Result<Vec<_>>>()?;
    let mut reader = SceneReader { buffers, soup: Soup::default() };
    // A file without a scene is a library; then the roots of all nodes are what there is to see.
    match document.default_scene().or_else(|| document.scenes().next()) {
        Some(scene) => reader.scene(&scene)?,
        None => {
            for node in document.nodes().filter(|node| !has_parent(&document, node)) {
                reader.node(&node, &Matrix4::identity(), 0)?;
            }
        }
    }
    Ok(reader.soup)
}

/// The header of a `.glb` says how long it is; the crate subtracts from that number unchecked.
fn check_container(bytes: &[u8]) -> Result<()> {
    const HEADER: usize = 12;
    if !bytes.starts_with(b"glTF") {
        return Ok(());
    }
    let length: Option<[u8; 4]> = bytes.get(8..HEADER).and_then(|length| length.try_into().ok());
    let length = length.map(|length| u32::from_le_bytes(length) as usize);
    if length.is_some_and(|length| (HEADER..=bytes.len()).contains(&length)) {
        return Ok(());
    }
    Err(Error::input(format!("{} bytes (truncated)", bytes.len()))
        .place("header")
        .expected(format!("the {} bytes that the header promises", length.unwrap_or(HEADER)))
        .remedy("copy or export the file again"))
}

/// Refuses required extensions that change what the triangles are, and validates the rest of the document.
fn check_extensions(document: Document) -> Result<Document> {
    let mut json = document.into_json();
    let unknown: Vec<&str> = json
        .extensions_required
        .iter()
        .map(String::as_str)
        .filter(|name| !HARMLESS_EXTENSIONS.iter().any(|harmless| name.starts_with(harmless)))
        .collect();
    if !unknown.is_empty() {
        return Err(Error::input(format!("the required extension {}", clip(&unknown.join(", "))))
            .place("extensionsRequired")
            .expected("plain triangles")
            .remedy("export the scan again without compression (no Draco, no meshopt)"));
    }
    json.extensions_required.clear();
    Document::from_json(json).map_err(|error| unreadable(&error))
}

fn unreadable(error: &gltf::Error) -> Error {
    let (found, place) = match error {
        gltf::Error::Validation(errors) => match errors.first() {
            Some((path, error)) => (format!("a value that is not valid ({error})"), path.to_string()),
            None => ("a document that is not valid".to_owned(), "document".to_owned()),
        },
        gltf::Error::Deserialize(error) => {
            ("JSON that is no glTF".to_owned(), format!("line {}, column {}: {error}", error.line(), error.column()))
        }
        other => (other.to_string(), "header".to_owned()),
    };
    Error::input(found).place(place).expected("a glTF 2.0 document").remedy("copy or export the file again")
}

/// Bytes of a data URI or of a file beside the mesh.
fn resolve(uri: &str, side_files: SideFiles<'_>) -> Result<Vec<u8>> {
    if let Some(data) = uri.strip_prefix("data:") {
        let encoded = data.split_once(";base64,").map(|(_, encoded)| encoded);
        return encoded
            .and_then(|encoded| BASE64.decode(encoded).ok())
            .ok_or_else(|| Error::input(format!("the data URI \"{}\"", clip(uri))).expected("base64 data"));
    }
    let path = percent_decode_str(uri).decode_utf8_lossy();
    let leaves_folder = path.split(['/', '\\']).any(|part| part == "..") || path.starts_with(['/', '\\']);
    if path.contains(':') || leaves_folder {
        return Err(Error::input(format!("the URI \"{}\"", clip(uri)))
            .expected("a data URI, or the relative path of a file beside the mesh"));
    }
    side_files(&path)
}

fn has_parent(document: &Document, node: &Node<'_>) -> bool {
    document.nodes().any(|parent| parent.children().any(|child| child.index() == node.index()))
}

struct SceneReader {
    buffers: Vec<Vec<u8>>,
    soup: Soup,
}

impl SceneReader {
    fn scene(&mut self, scene: &Scene<'_>) -> Result<()> {
        scene.nodes().try_for_each(|node| self.node(&node, &Matrix4::identity(), 0))
    }

    fn node(&mut self, node: &Node<'_>, parent: &Matrix4<f64>, depth: usize) -> Result<()> {
        if depth > MAX_DEPTH {
            return Err(Error::input(format!("more than {MAX_DEPTH} nodes, one inside the other"))
                .place(format!("nodes[{}]", node.index()))
                .expected("a tree of nodes")
                .remedy("export the scan again"));
        }
        let own = Matrix4::from(node.transform().matrix().map(|column| column.map(f64::from)));
        let placed = parent * own;
        if let Some(mesh) = node.mesh() {
            for primitive in mesh.primitives() {
                let place = format!("meshes[{}].primitives[{}]", mesh.index(), primitive.index());
                self.primitive(&primitive, &placed, &place).map_err(|error| error.place(place))?;
            }
        }
        node.children().try_for_each(|child| self.node(&child, &placed, depth + 1))
    }

    /// Points and lines are passed over.
    fn primitive(&mut self, primitive: &Primitive<'_>, placed: &Matrix4<f64>, place: &str) -> Result<()> {
        if !matches!(primitive.mode(), Mode::Triangles | Mode::TriangleStrip | Mode::TriangleFan) {
            return Ok(());
        }
        let positions = primitive.get(&gltf::Semantic::Positions).ok_or_else(|| {
            Error::input("no POSITION attribute").expected("positions").remedy("export the scan again")
        })?;
        let first = self.soup.vertices().len();
        let positions = self.values::<3>(&positions, Dimensions::Vec3)?;
        for (index, &position) in positions.iter().enumerate() {
            let point = placed.transform_point(&Point::from(position));
            self.soup.push_vertex(point.into(), || format!("{place}.attributes.POSITION[{index}]"))?;
        }
        let corners: Vec<u32> = match primitive.indices() {
            None => (0..positions.len() as u32).collect(),
            Some(accessor) => {
                self.values::<1>(&accessor, Dimensions::Scalar)?.into_iter().map(|[index]| index as u32).collect()
            }
        };
        if let Some(index) = corners.iter().find(|&&corner| corner as usize >= positions.len()) {
            return Err(Error::input(format!("vertex index {index}"))
                .expected(format!("an index below {}, the number of positions", positions.len()))
                .remedy("export the scan again"));
        }
        let corners: Vec<u32> = corners.into_iter().map(|corner| corner + first as u32).collect();
        match primitive.mode() {
            Mode::TriangleStrip => {
                // Every second triangle of a strip is wound the other way.
                corners.windows(3).enumerate().try_for_each(|(index, corner)| match index % 2 {
                    0 => self.soup.push_polygon(corner),
                    _ => self.soup.push_polygon(&[corner[1], corner[0], corner[2]]),
                })
            }
            Mode::TriangleFan => {
                let (Some(&hub), Some(rim)) = (corners.first(), corners.get(1..)) else { return Ok(()) };
                rim.windows(2).try_for_each(|edge| self.soup.push_polygon(&[hub, edge[0], edge[1]]))
            }
            _ => corners.chunks_exact(3).try_for_each(|triangle| self.soup.push_polygon(triangle)),
        }
    }

    /// The elements of an accessor, `N` numbers each.
    fn values<const N: usize>(&self, accessor: &Accessor<'_>, dimensions: Dimensions) -> Result<Vec<[f64; N]>> {
        let wrong = |found: &str| {
            Error::input(found).place(format!("accessors[{}]", accessor.index())).remedy("export the scan again")
        };
        if accessor.dimensions() != dimensions {
            return Err(wrong("an accessor of another type").expected(format!("{dimensions:?}")));
        }
        let view = match accessor.view() {
            Some(view) if accessor.sparse().is_none() => view,
            _ => return Err(wrong("a sparse accessor").expected("positions and indices in full")),
        };
        let data_type = accessor.data_type();
        let width = data_type.size();
        let stride = view.stride().unwrap_or(N * width);
        let short = || {
            wrong("an accessor that reaches beyond its buffer (truncated)").expected(format!(
                "{} elements of {} bytes",
                accessor.count(),
                N * width
            ))
        };
        let bytes = self.view(&view).and_then(|bytes| bytes.get(accessor.offset()..)).ok_or_else(short)?;
        // The last element need not be followed by the gap to the next one.
        let fitting = (bytes.len() + stride.saturating_sub(N * width)).checked_div(stride).unwrap_or(0);
        if accessor.count() > fitting || bytes.len() < N * width {
            return Err(short());
        }
        let element = |index: usize| {
            let numbers = &bytes[index * stride..];
            std::array::from_fn(|i| component(&numbers[i * width..], data_type, accessor.normalized()))
        };
        Ok((0..accessor.count()).map(element).collect())
    }

    fn view(&self, view: &View<'_>) -> Option<&[u8]> {
        let end = view.offset().checked_add(view.length())?;
        self.buffers.get(view.buffer().index())?.get(view.offset()..end)
    }
}

/// The number at the beginning of the bytes; integers scaled as section 3.6.2.2 of the specification says when they are
/// `normalized`.
fn component(bytes: &[u8], data_type: DataType, normalized: bool) -> f64 {
    let (value, largest) = match data_type {
        DataType::I8 => (f64::from(i8::from_le_bytes(head(bytes))), f64::from(i8::MAX)),
        DataType::U8 => (f64::from(u8::from_le_bytes(head(bytes))), f64::from(u8::MAX)),
        DataType::I16 => (f64::from(i16::from_le_bytes(head(bytes))), f64::from(i16::MAX)),
        DataType::U16 => (f64::from(u16::from_le_bytes(head(bytes))), f64::from(u16::MAX)),
        DataType::U32 => (f64::from(u32::from_le_bytes(head(bytes))), f64::from(u32::MAX)),
        DataType::F32 => return f64::from(f32::from_le_bytes(head(bytes))),
    };
    if normalized { (value / largest).max(-1.0) } else { value }
}

/// The first bytes; the callers have checked that they are there.
fn head<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.first_chunk().copied().unwrap_or([0; N])
}
