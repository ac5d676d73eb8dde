//! glTF 2.0 (Khronos Group, glTF 2.0 Specification, ISO/IEC 12113:2022), as `.glb` or `.gltf`: the triangles of the
//! default scene with all node transforms applied.
//!
//! The `gltf` crate reads and validates the document. Accessors are read here, because the crate's own trust the counts
//! and offsets of the file. Skinned meshes are taken in the bind pose and morph targets are not applied; both are told.

mod elements;

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use gltf::accessor::{DataType, Dimensions};
use gltf::buffer::{Source, View};
use gltf::json::validation::Checked;
use gltf::json::{Index, Root};
use gltf::mesh::Mode;
use gltf::{Accessor, Document, Gltf, Mesh, Node, Primitive, Semantic};
use nalgebra::Matrix4;
use percent_encoding::percent_decode_str;

use self::elements::Elements;
use super::lines::clip;
use super::mapped::Mapped;
use super::soup::Soup;
use crate::error::{Error, Finding, MOST_BYTES, Result, Severity, check_limit};
use crate::geometry::Point;

type SideFiles<'a> = &'a dyn Fn(&str) -> Result<Vec<u8>>;

/// Extensions that a reader of plain triangles may meet among the required ones.
const HARMLESS_EXTENSIONS: [&str; 4] = ["KHR_mesh_quantization", "KHR_materials_", "KHR_texture_", "KHR_lights_"];

pub(super) fn read(bytes: &[u8], side_files: SideFiles<'_>) -> Result<Soup> {
    let (document, blob) = parse(bytes)?;
    let mut reader = SceneReader::new(Buffers::of(&document, blob.as_deref(), side_files)?, None);
    reader.scene(&document)?;
    Ok(reader.finish())
}

/// The primitives that have places on an image: with `own_image` on that of their base colour, which comes along.
pub(super) fn read_mapped(bytes: &[u8], own_image: bool, side_files: SideFiles<'_>) -> Result<Mapped> {
    let (document, blob) = parse(bytes)?;
    if document.extensions_used().any(|name| name == MOVING_EXTENSION) {
        return Err(Error::input(format!("the extension {MOVING_EXTENSION}"))
            .place("extensionsUsed")
            .expected("an image that lies where the texture coordinates say")
            .remedy("apply the mapping, and export the head again"));
    }
    let mapping = Mapping { own_image, image: None, uv: Vec::new(), without: 0 };
    let mut reader = SceneReader::new(Buffers::of(&document, blob.as_deref(), side_files)?, Some(mapping));
    reader.scene(&document)?;
    let mapping = reader.mapping.take();
    let image = mapping.as_ref().and_then(|mapping| document.images().nth(mapping.image?));
    let image = image.map(|image| reader.image(&image, side_files)).transpose()?;
    let Mapping { uv, without, .. } = mapping.unwrap_or_default();
    let mut mapped = Mapped { soup: reader.finish(), uv: Vec::with_capacity(uv.len()), image, without };
    for (index, uv) in uv.into_iter().enumerate() {
        mapped.push_place(uv, || format!("TEXCOORD of vertex {index}"))?;
    }
    Ok(mapped)
}

/// The extension that moves images on surfaces.
const MOVING_EXTENSION: &str = "KHR_texture_transform";

fn parse(bytes: &[u8]) -> Result<(Document, Option<Vec<u8>>)> {
    check_container(bytes)?;
    check_objects(bytes)?;
    let Gltf { document, blob } = Gltf::from_slice_without_validation(bytes).map_err(|error| unreadable(&error))?;
    Ok((validate(document.into_json())?, blob))
}

/// Objects of a document, of which each takes some hundred bytes of memory; a scan has some dozens.
const MOST_OBJECTS: usize = 50_000;
/// So many bytes of accessors may be read beyond the size of all buffers, for meshes that stand in several places.
const FREE_BYTES: usize = 4 << 20;

/// Refuses a document of so many objects that they would take much more memory than the file.
fn check_objects(bytes: &[u8]) -> Result<()> {
    // The binary chunk of a `.glb` may hold braces by chance.
    let json = match bytes.strip_prefix(b"glTF").and_then(|rest| rest.get(8..12)?.first_chunk()) {
        Some(&length) => bytes.get(20..).map(|chunks| &chunks[..chunks.len().min(u32::from_le_bytes(length) as usize)]),
        None => Some(bytes),
    };
    let objects = json.unwrap_or_default().split(|&byte| byte == b'{').count() - 1;
    check_limit(objects, MOST_OBJECTS, "objects").map_err(|error| error.place("document"))
}

/// The bytes of the buffers; one that several buffers name is there once.
struct Buffers<'a> {
    data: Vec<Cow<'a, [u8]>>,
    /// Which of `data` each buffer is.
    of_buffer: Vec<usize>,
}

impl<'a> Buffers<'a> {
    fn of(document: &'a Document, blob: Option<&'a [u8]>, side_files: SideFiles<'_>) -> Result<Self> {
        let mut buffers = Self { data: Vec::new(), of_buffer: Vec::new() };
        let mut known: BTreeMap<Option<Cow<'_, str>>, usize> = BTreeMap::new();
        for buffer in document.buffers() {
            let place = format!("buffers[{}]", buffer.index());
            let uri = match buffer.source() {
                Source::Bin => None,
                Source::Uri(uri) => Some(one_spelling(uri)),
            };
            let index = if let Some(&index) = known.get(&uri) {
                index
            } else {
                let data = match uri.as_deref() {
                    None => blob
                        .map(Cow::Borrowed)
                        .ok_or_else(|| Error::input("no binary chunk").expected("the bytes of the buffer")),
                    Some(uri) => resolve(uri, side_files).map(Cow::Owned),
                };
                buffers.data.push(data.map_err(|error| error.place(&place).remedy("export the scan again, as .glb"))?);
                check_limit(buffers.total(), MOST_BYTES, "bytes of buffers").map_err(|error| error.place(&place))?;
                known.insert(uri, buffers.data.len() - 1);
                buffers.data.len() - 1
            };
            let length = buffers.data[index].len();
            if length < buffer.length() {
                return Err(Error::input(format!("{length} bytes (truncated)"))
                    .place(place)
                    .expected(format!("byteLength {}", buffer.length()))
                    .remedy("copy or export the file again"));
            }
            buffers.of_buffer.push(index);
        }
        Ok(buffers)
    }

    fn total(&self) -> usize {
        self.data.iter().map(|data| data.len()).sum()
    }

    fn view(&self, view: &View<'_>) -> Option<&[u8]> {
        let end = view.offset().checked_add(view.length())?;
        self.data.get(*self.of_buffer.get(view.buffer().index())?)?.get(view.offset()..end)
    }
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

/// Refuses required extensions that change what the triangles are, and has the rest of the document validated.
fn validate(mut json: Root) -> Result<Document> {
    let unknown: Vec<&str> = json
        .extensions_required
        .iter()
        .map(String::as_str)
        .filter(|name| !HARMLESS_EXTENSIONS.iter().any(|harmless| name.starts_with(harmless)))
        .collect();
    if !unknown.is_empty() {
        let names = clip(&unknown.join(", "));
        return Err(Error::input(format!("the required extension {names}"))
            .place("extensionsRequired")
            .expected("plain triangles")
            .remedy(format!("export the scan again without {names} (compression off), as .glb, .ply or .stl")));
    }
    json.extensions_required.clear();
    // The crate's validation looks up the positions unchecked.
    let accessors = json.accessors.len();
    for (mesh, primitive) in
        json.meshes.iter().enumerate().flat_map(|(m, mesh)| mesh.primitives.iter().map(move |p| (m, p)))
    {
        let positions = primitive.attributes.get(&Checked::Valid(Semantic::Positions));
        if let Some(index) = positions.map(Index::value).filter(|&index| index >= accessors) {
            return Err(Error::input(format!("accessor {index}"))
                .place(format!("meshes[{mesh}].primitives"))
                .expected(format!("an accessor below {accessors}"))
                .remedy("export the scan again"));
        }
    }
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

/// The same text for all ways to write the URI of a file, so that it is read once. Data URIs stay as they are.
fn one_spelling(uri: &str) -> Cow<'_, str> {
    if uri.starts_with("data:") {
        return Cow::Borrowed(uri);
    }
    let path = percent_decode_str(uri).decode_utf8_lossy().replace('\\', "/");
    let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    // A path from the root stays one, and is refused as such.
    let root = if path.starts_with('/') { "/" } else { "" };
    Cow::Owned(format!("{root}{}", parts.join("/")))
}

/// Bytes of a data URI or of a file beside the mesh, by its [`one_spelling`].
fn resolve(uri: &str, side_files: SideFiles<'_>) -> Result<Vec<u8>> {
    if let Some(data) = uri.strip_prefix("data:") {
        let encoded = data.split_once(";base64,").map(|(_, encoded)| encoded);
        return encoded
            .and_then(|encoded| BASE64.decode(encoded).ok())
            .ok_or_else(|| Error::input(format!("the data URI \"{}\"", clip(uri))).expected("base64 data"));
    }
    let leaves_folder = uri.split('/').any(|part| part == "..") || uri.starts_with('/');
    if uri.contains(':') || leaves_folder {
        return Err(Error::input(format!("the URI \"{}\"", clip(uri)))
            .expected("a data URI, or the relative path of a file beside the mesh"));
    }
    side_files(uri)
}

/// The nodes to begin with: those of the default scene; of the first one if there is no default; without any scene the
/// nodes that no other node holds.
fn roots(document: &Document) -> Vec<Node<'_>> {
    if let Some(scene) = document.default_scene().or_else(|| document.scenes().next()) {
        return scene.nodes().collect();
    }
    let mut is_child = vec![false; document.nodes().len()];
    for child in document.nodes().flat_map(|node| node.children()) {
        is_child[child.index()] = true;
    }
    document.nodes().filter(|node| !is_child[node.index()]).collect()
}

struct SceneReader<'a> {
    buffers: Buffers<'a>,
    /// Bytes of accessors that may still be read.
    budget: usize,
    soup: Soup,
    /// Primitives with a skin, and with morph targets.
    skinned: usize,
    morphed: usize,
    /// Texture coordinates, where they are asked for.
    mapping: Option<Mapping>,
}

/// Places on an image, and where they come from.
#[derive(Default)]
struct Mapping {
    /// Whether the image of the base colour counts.
    own_image: bool,
    image: Option<usize>,
    /// For each vertex of the soup.
    uv: Vec<[f64; 2]>,
    /// Primitives that have none.
    without: usize,
}

impl Mapping {
    /// The texture coordinates of a primitive that count.
    fn of<'a>(&mut self, primitive: &Primitive<'a>) -> Result<Option<Accessor<'a>>> {
        let mut set = 0;
        if self.own_image {
            let material = primitive.material();
            let Some(texture) = material.pbr_metallic_roughness().base_color_texture() else { return Ok(None) };
            let image = texture.texture().source().index();
            if *self.image.get_or_insert(image) != image {
                return Err(Error::input("base colours from several images")
                    .expected("one image")
                    .remedy("export the painted head alone, or name the image in the case"));
            }
            set = texture.tex_coord();
        }
        Ok(primitive.get(&Semantic::TexCoords(set)))
    }
}

impl<'a> SceneReader<'a> {
    fn new(buffers: Buffers<'a>, mapping: Option<Mapping>) -> Self {
        let budget = buffers.total() + FREE_BYTES;
        Self { buffers, budget, soup: Soup::default(), skinned: 0, morphed: 0, mapping }
    }

    /// The bytes of an image of the file.
    fn image(&self, image: &gltf::Image<'_>, side_files: SideFiles<'_>) -> Result<Vec<u8>> {
        let wrong = |error: Error| {
            error.place(format!("images[{}]", image.index())).remedy("export the head again, as .glb with a PNG")
        };
        match image.source() {
            gltf::image::Source::View { view, .. } => self.buffers.view(&view).map(<[u8]>::to_vec).ok_or_else(|| {
                wrong(Error::input("an image that reaches beyond its buffer (truncated)").expected("the whole image"))
            }),
            gltf::image::Source::Uri { uri, .. } => resolve(uri, side_files).map_err(wrong),
        }
    }

    fn scene(&mut self, document: &Document) -> Result<()> {
        let mut seen = vec![false; document.nodes().len()];
        let mut open: Vec<(Node<'_>, Matrix4<f64>)> =
            roots(document).into_iter().map(|node| (node, Matrix4::identity())).collect();
        while let Some((node, parent)) = open.pop() {
            if std::mem::replace(&mut seen[node.index()], true) {
                return Err(Error::input("a node that is held twice, or that holds itself")
                    .place(format!("nodes[{}]", node.index()))
                    .expected("a tree of nodes")
                    .remedy("export the scan again"));
            }
            let placed = parent * Matrix4::from(node.transform().matrix().map(|column| column.map(f64::from)));
            if let Some(mesh) = node.mesh() {
                // The specification has the joints alone place a skinned mesh, and they are at rest in the bind pose.
                let placed = if node.skin().is_some() { Matrix4::identity() } else { placed };
                self.mesh(&mesh, &placed, node.skin().is_some())?;
            }
            open.extend(node.children().map(|child| (child, placed)));
        }
        Ok(())
    }

    fn mesh(&mut self, mesh: &Mesh<'_>, placed: &Matrix4<f64>, is_skinned: bool) -> Result<()> {
        // Where the vertices of each accessor begin: primitives of a mesh often share them.
        let mut known = BTreeMap::new();
        for primitive in mesh.primitives() {
            // Points and lines are passed over.
            if !matches!(primitive.mode(), Mode::Triangles | Mode::TriangleStrip | Mode::TriangleFan) {
                continue;
            }
            let place = format!("meshes[{}].primitives[{}]", mesh.index(), primitive.index());
            self.primitive(&primitive, placed, &mut known, &place).map_err(|error| error.place(place))?;
            self.skinned += usize::from(is_skinned);
            self.morphed += usize::from(primitive.morph_targets().len() > 0);
        }
        Ok(())
    }

    fn primitive(
        &mut self,
        primitive: &Primitive<'_>,
        placed: &Matrix4<f64>,
        known: &mut BTreeMap<[usize; 2], u32>,
        place: &str,
    ) -> Result<()> {
        let positions = primitive.get(&Semantic::Positions).ok_or_else(|| {
            Error::input("no POSITION attribute").expected("positions").remedy("export the scan again")
        })?;
        let count = positions.count();
        let mut places = None;
        if let Some(mapping) = &mut self.mapping {
            places = mapping.of(primitive)?;
            if places.is_none() {
                mapping.without += 1;
                return Ok(());
            }
        }
        let next = self.soup.vertices().len() as u32;
        let sources = [positions.index(), places.as_ref().map_or(0, Accessor::index)];
        let first = *known.entry(sources).or_insert(next);
        if first == next {
            if let (Some(mapping), Some(places)) = (&mut self.mapping, &places) {
                if places.count() != count {
                    return Err(Error::input(format!("{} texture coordinates", places.count()))
                        .expected(format!("one for each of the {count} positions"))
                        .remedy("export the head again"));
                }
                let elements = elements::<2>(places, Dimensions::Vec2, &self.buffers, &mut self.budget)?;
                mapping.uv.extend((0..count).map(|index| elements.get(index)));
            }
            let elements = elements::<3>(&positions, Dimensions::Vec3, &self.buffers, &mut self.budget)?;
            for index in 0..count {
                let point = placed.transform_point(&Point::from(elements.get(index)));
                self.soup.push_vertex(point.into(), || format!("{place}.attributes.POSITION[{index}]"))?;
            }
        }
        let indices = primitive.indices();
        let corners: Vec<u32> = match &indices {
            None => (0..count as u32).collect(),
            Some(accessor) => {
                if !matches!(accessor.data_type(), DataType::U8 | DataType::U16 | DataType::U32) {
                    return Err(Error::input(format!("indices of the type {:?}", accessor.data_type()))
                        .expected("unsigned whole numbers")
                        .remedy("export the scan again"));
                }
                let elements = elements::<1>(accessor, Dimensions::Scalar, &self.buffers, &mut self.budget)?;
                (0..accessor.count()).map(|index| elements.get(index)[0] as u32).collect()
            }
        };
        if let Some(index) = corners.iter().find(|&&corner| corner as usize >= count) {
            return Err(Error::input(format!("vertex index {index}"))
                .expected(format!("an index below {count}, the number of positions"))
                .remedy("export the scan again"));
        }
        // A node that mirrors turns the winding over.
        let is_mirrored = placed.fixed_view::<3, 3>(0, 0).determinant() < 0.0;
        let mut push = |[a, b, c]: [u32; 3], turn: bool| {
            let corners = if turn == is_mirrored { [a, b, c] } else { [b, a, c] };
            self.soup.push_polygon(&corners.map(|corner| corner + first))
        };
        match primitive.mode() {
            // Every second triangle of a strip is wound the other way. Repeated corners are how strips turn.
            Mode::TriangleStrip => corners.windows(3).enumerate().try_for_each(|(index, corners)| {
                let [a, b, c] = [corners[0], corners[1], corners[2]];
                if a == b || b == c || c == a { Ok(()) } else { push([a, b, c], index % 2 == 1) }
            }),
            Mode::TriangleFan => {
                let (Some(&hub), Some(rim)) = (corners.first(), corners.get(1..)) else { return Ok(()) };
                rim.windows(2).try_for_each(|edge| push([hub, edge[0], edge[1]], false))
            }
            _ => {
                let (triangles, rest) = corners.as_chunks();
                if !rest.is_empty() {
                    return Err(Error::input(format!("{} corners", corners.len()))
                        .expected("three for each triangle")
                        .remedy("export the scan again"));
                }
                triangles.iter().try_for_each(|&corners| push(corners, false))
            }
        }
    }

    fn finish(mut self) -> Soup {
        let told = [
            ("skinned", self.skinned, "primitives have a skin, and were taken in the bind pose"),
            ("morph-targets", self.morphed, "primitives have morph targets, which were not applied"),
        ];
        for (code, count, what) in told.into_iter().filter(|&(_, count, _)| count > 0) {
            let finding = Finding::new(code, Severity::Warn, format!("{count} {what}")).times(count);
            self.soup
                .findings
                .push(finding.remedy("if the face looks otherwise than the scan, apply the pose and export again"));
        }
        self.soup
    }
}

/// The elements of an accessor, `N` numbers each. Takes them from the budget: without instances each accessor is read
/// once, and needs no more than the buffers hold.
fn elements<'b, const N: usize>(
    accessor: &Accessor<'_>,
    dimensions: Dimensions,
    buffers: &'b Buffers<'_>,
    budget: &mut usize,
) -> Result<Elements<'b, N>> {
    let elements = Elements::of(accessor, dimensions, buffers)
        .map_err(|error| error.place(format!("accessors[{}]", accessor.index())))?;
    let bytes = accessor.count().saturating_mul(N * accessor.data_type().size());
    *budget = budget.checked_sub(bytes).ok_or_else(|| {
        Error::input("meshes that stand in so many places that they are many times as large as the file")
            .expected(format!("at most {budget} more bytes of positions and indices"))
            .remedy("export the scan alone, as one mesh")
    })?;
    Ok(elements)
}
