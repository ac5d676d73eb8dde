use super::{FORMAT, Plan};
use crate::error::{Error, Result, from_json};

impl Plan {
    /// The text of `plan.json`. The same plan gives the same bytes.
    pub fn to_json(&self) -> Result<Vec<u8>> {
        let mut text = serde_json::to_vec(self)
            .map_err(|error| Error::system(format!("a plan that cannot be written: {error}")))?;
        text.push(b'\n');
        Ok(text)
    }

    /// Reads a plan and checks that its parts fit together: version, ids, every struck dot in exactly one place of one
    /// block, and the other way round.
    pub fn parse(bytes: &[u8], file: &str) -> Result<Self> {
        let plan: Self = from_json(bytes, file)?;
        plan.check().map_err(|error| error.file(file).remedy("make the plan anew from its case"))?;
        Ok(plan)
    }

    fn check(&self) -> Result<()> {
        if self.format != FORMAT {
            return Err(Error::input(format!("\"{}\"", self.format)).place("format").expected(format!("\"{FORMAT}\"")));
        }
        let mut struck = 0;
        for (index, block) in self.blocks.iter().enumerate() {
            let place = || format!("blocks[{index}]");
            if !self.setups.contains_key(&block.setup) {
                return Err(Error::input(format!("the setup \"{}\"", block.setup))
                    .place(place())
                    .expected("one of \"setups\""));
            }
            for (order, &id) in block.dots.iter().enumerate() {
                let fits = self.dots.get(id as usize).is_some_and(|dot| {
                    dot.order == Some(order as u32)
                        && dot.session == block.session
                        && dot.tool == block.tool
                        && dot.setup.as_deref() == Some(block.setup.as_str())
                });
                if !fits {
                    return Err(Error::input(format!("dot {id} as number {order}"))
                        .place(place())
                        .expected("a dot whose session, setup, tool and order say the same"));
                }
            }
            struck += block.dots.len();
        }
        let with_order = self.dots.iter().filter(|dot| dot.order.is_some()).count();
        if struck != with_order {
            return Err(Error::input(format!("{with_order} dots with an order"))
                .place("dots")
                .expected(format!("{struck}, as the blocks have")));
        }
        Ok(())
    }
}
