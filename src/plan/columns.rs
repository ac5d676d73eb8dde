//! Dots as columns: a tenth of the size of one object a dot.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::Dot;

/// What `existing` says of hair.
const HAIR: u8 = 2;

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Columns {
    /// Left out where they are 0, 1, 2, …
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    id: Vec<u32>,
    position_mm: Vec<[f64; 3]>,
    normal: Vec<[f64; 3]>,
    spacing_mm: Vec<f64>,
    diameter_mm: Vec<f64>,
    depth_mm: Vec<f64>,
    session: Vec<u32>,
    setup: Vec<Option<String>>,
    tool: Vec<u32>,
    order: Vec<Option<u32>>,
    /// 0 for new dots, 1 for those that were there before, 2 for hair.
    existing: Vec<u8>,
    normal_variation_rad: Vec<f64>,
    patched: Vec<u8>,
}

pub(super) fn serialize<S: Serializer>(dots: &[Dot], serializer: S) -> Result<S::Ok, S::Error> {
    let counts = dots.iter().zip(0..).all(|(dot, count)| dot.id == count);
    Columns {
        id: if counts { Vec::new() } else { dots.iter().map(|d| d.id).collect() },
        position_mm: dots.iter().map(|d| d.position_mm).collect(),
        normal: dots.iter().map(|d| d.normal).collect(),
        spacing_mm: dots.iter().map(|d| d.spacing_mm).collect(),
        diameter_mm: dots.iter().map(|d| d.diameter_mm).collect(),
        depth_mm: dots.iter().map(|d| d.depth_mm).collect(),
        session: dots.iter().map(|d| d.session).collect(),
        setup: dots.iter().map(|d| d.setup.clone()).collect(),
        tool: dots.iter().map(|d| d.tool).collect(),
        order: dots.iter().map(|d| d.order).collect(),
        existing: dots.iter().map(|d| if d.hair { HAIR } else { u8::from(d.existing) }).collect(),
        normal_variation_rad: dots.iter().map(|d| d.normal_variation_rad).collect(),
        patched: dots.iter().map(|d| u8::from(d.patched)).collect(),
    }
    .serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Dot>, D::Error> {
    let c = Columns::deserialize(deserializer)?;
    let count = c.position_mm.len();
    let ids = if c.id.is_empty() { (0_u32..).take(count).collect() } else { c.id };
    let lengths = [
        ("id", ids.len()),
        ("normal", c.normal.len()),
        ("spacing_mm", c.spacing_mm.len()),
        ("diameter_mm", c.diameter_mm.len()),
        ("depth_mm", c.depth_mm.len()),
        ("session", c.session.len()),
        ("setup", c.setup.len()),
        ("tool", c.tool.len()),
        ("order", c.order.len()),
        ("existing", c.existing.len()),
        ("normal_variation_rad", c.normal_variation_rad.len()),
        ("patched", c.patched.len()),
    ];
    if let Some((name, length)) = lengths.into_iter().find(|(_, length)| *length != count) {
        return Err(D::Error::custom(format!("column {name} has {length} entries, position_mm has {count}")));
    }
    if let Some((before, id)) = ids.iter().zip(ids.iter().skip(1)).find(|(before, id)| before >= id) {
        return Err(D::Error::custom(format!("dot {id} behind dot {before}: ids have to rise")));
    }
    let columns = c.position_mm.into_iter().zip(c.normal).zip(c.spacing_mm).zip(c.diameter_mm).zip(c.depth_mm);
    let rest = c.session.into_iter().zip(c.setup).zip(c.tool).zip(c.order).zip(c.existing);
    let rest = rest.zip(c.normal_variation_rad.into_iter().zip(c.patched));
    Ok(columns
        .zip(rest)
        .zip(ids)
        .map(|((((((position_mm, normal), spacing_mm), diameter_mm), depth_mm), rest), id)| {
            let (((((session, setup), tool), order), existing), (normal_variation_rad, patched)) = rest;
            Dot {
                id,
                position_mm,
                normal,
                spacing_mm,
                diameter_mm,
                depth_mm,
                session,
                setup,
                tool,
                order,
                existing: existing != 0,
                hair: existing == HAIR,
                normal_variation_rad,
                patched: patched != 0,
            }
        })
        .collect())
}
