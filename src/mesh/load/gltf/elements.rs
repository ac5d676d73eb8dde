use gltf::Accessor;
use gltf::accessor::sparse::IndexType;
use gltf::accessor::{DataType, Dimensions};
use gltf::buffer::View;

use super::Buffers;
use crate::error::{Error, Result};

/// The elements of an accessor, `N` numbers each; nothing is copied.
pub(super) struct Elements<'a, const N: usize> {
    /// `None` for an accessor of zeros.
    base: Option<Strided<'a>>,
    sparse: Option<Sparse<'a>>,
    data_type: DataType,
    normalized: bool,
}

/// Elements that lie in a buffer at equal distances.
struct Strided<'a> {
    bytes: &'a [u8],
    stride: usize,
}

/// Elements that stand in place of others.
struct Sparse<'a> {
    indices: Strided<'a>,
    index_type: DataType,
    values: Strided<'a>,
    count: usize,
}

impl<'a, const N: usize> Elements<'a, N> {
    /// Checks that all elements are there. Errors do not name the accessor.
    pub(super) fn of(accessor: &Accessor<'_>, dimensions: Dimensions, buffers: &'a Buffers<'_>) -> Result<Self> {
        let wrong = |found: &str| Error::input(found).remedy("export the scan again, as .glb");
        if accessor.dimensions() != dimensions {
            return Err(wrong("an accessor of another type").expected(format!("{dimensions:?}")));
        }
        let data_type = accessor.data_type();
        let width = N * data_type.size();
        let base = match accessor.view() {
            Some(view) => Some(Strided::of(buffers, &view, accessor.offset(), accessor.count(), width)?),
            None if accessor.sparse().is_some() => None,
            None => return Err(wrong("an accessor without data (compressed?)").expected("a bufferView")),
        };
        let sparse = accessor.sparse().map(|sparse| {
            let (indices, values, count) = (sparse.indices(), sparse.values(), sparse.count());
            let index_type = match indices.index_type() {
                IndexType::U8 => DataType::U8,
                IndexType::U16 => DataType::U16,
                IndexType::U32 => DataType::U32,
            };
            let sparse = Sparse {
                indices: Strided::of(buffers, &indices.view(), indices.offset(), count, index_type.size())?,
                index_type,
                values: Strided::of(buffers, &values.view(), values.offset(), count, width)?,
                count,
            };
            let is_sorted = (1..count).all(|position| sparse.index(position - 1) < sparse.index(position));
            if !is_sorted || count.checked_sub(1).is_some_and(|last| sparse.index(last) >= accessor.count()) {
                return Err(wrong("sparse indices that do not increase, or that reach beyond the accessor")
                    .expected(format!("increasing indices below {}", accessor.count())));
            }
            Ok(sparse)
        });
        Ok(Self { base, sparse: sparse.transpose()?, data_type, normalized: accessor.normalized() })
    }

    /// The numbers of an element; its index must be below the accessor's count.
    pub(super) fn get(&self, index: usize) -> [f64; N] {
        let instead = self.sparse.as_ref().and_then(|sparse| Some(sparse.values.at(sparse.position(index)?)));
        let bytes = instead.or_else(|| Some(self.base.as_ref()?.at(index)));
        let width = self.data_type.size();
        let number = |bytes: &[u8], i: usize| component(&bytes[i * width..], self.data_type, self.normalized);
        bytes.map_or([0.0; N], |bytes| std::array::from_fn(|i| number(bytes, i)))
    }
}

impl<'a> Strided<'a> {
    fn of(buffers: &'a Buffers<'_>, view: &View<'_>, offset: usize, count: usize, width: usize) -> Result<Self> {
        let stride = view.stride().unwrap_or(width);
        let short = || {
            Error::input("an accessor that reaches beyond its buffer (truncated)")
                .expected(format!("{count} elements of {width} bytes"))
                .remedy("export the scan again, as .glb")
        };
        let bytes = buffers.view(view).and_then(|bytes| bytes.get(offset..)).ok_or_else(short)?;
        // The last element need not be followed by the gap to the next one.
        let fitting = (bytes.len() + stride.saturating_sub(width)).checked_div(stride).unwrap_or(0);
        if stride < width || count > fitting || (count > 0 && bytes.len() < width) {
            return Err(short());
        }
        Ok(Self { bytes, stride })
    }

    fn at(&self, index: usize) -> &'a [u8] {
        &self.bytes[index * self.stride..]
    }
}

impl Sparse<'_> {
    fn index(&self, position: usize) -> usize {
        component(self.indices.at(position), self.index_type, false) as usize
    }

    /// Where the element stands among the values, if it does.
    fn position(&self, index: usize) -> Option<usize> {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low.midpoint(high);
            if self.index(middle) < index {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        (low < self.count && self.index(low) == index).then_some(low)
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
