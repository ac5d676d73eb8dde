//! What makes a plan that was read usable: files may have been edited.

use std::collections::BTreeSet;

use super::{Block, Dot, FORMAT, Plan, SetupPlacement};
use crate::case::SETUPS;
use crate::error::{Error, Result};
use crate::geometry::Vector;
use crate::schedule::HaltKind;

/// Largest deviation of a normal's length from 1, and of a rotation matrix from a rotation.
const UNIT_DEFECT: f64 = 1e-6;
/// Longest time in the skin, s, as for cases.
const LONGEST_DWELL_S: f64 = 5.0;
/// By what a head may have been placed in the rig.
const SOURCES: [&str; 3] = ["landmarks", MEASURED, "explicit"];
/// The one of them that was measured.
const MEASURED: &str = "fiducials";
/// Fewer fiducials place no head.
const FEWEST_FIDUCIALS: usize = 3;

impl Plan {
    /// Checks every value and that all fit together. The first one that does not is the error.
    pub(crate) fn check(&self) -> Result<()> {
        require(self.format == FORMAT, "format", || (format!("\"{}\"", self.format), format!("\"{FORMAT}\"")))?;
        self.case.check().map_err(|error| error.within("case"))?;
        self.rig.validate().map_err(|error| error.within("rig"))?;
        for (name, setup) in &self.setups {
            let known = SETUPS.contains(&name.as_str());
            require(known, "setups", || (format!("{name:?}"), format!("one of {SETUPS:?}")))?;
            let defect = setup.mesh_to_rig.rotation_defect();
            require(defect <= UNIT_DEFECT, format!("setups.{name}.mesh_to_rig.rotation"), || {
                (format!("a matrix that is off a rotation by {defect:.2e}"), "a rotation".to_owned())
            })?;
            self.check_registration(setup).map_err(|error| error.within(&format!("setups.{name}")))?;
        }
        for dot in &self.dots {
            self.check_dot(dot).map_err(|error| error.within(&format!("dot {}", dot.id)))?;
        }
        self.check_contacts()?;
        for (&id, &dwell_s) in &self.dwells_s {
            let fits = self.dot(id).is_some() && (0.0..=LONGEST_DWELL_S).contains(&dwell_s);
            require(fits, format!("dwells_s.{id}"), || {
                (format!("{dwell_s} s"), format!("0 to {LONGEST_DWELL_S} s for a dot of the plan"))
            })?;
        }
        let count = self.dots.iter().filter(|dot| !dot.hair).count();
        require(self.statistics.count == count, "statistics.count", || {
            (self.statistics.count.to_string(), format!("{count}, the dots that are no hairs"))
        })?;
        self.check_blocks()
    }

    /// What is said of how a head was measured has to be whole: errors of a fit only where there was one, and of at least three fiducials.
    fn check_registration(&self, setup: &SetupPlacement) -> Result<()> {
        let known = SOURCES.contains(&setup.source.as_str());
        require(known, "source", || (format!("\"{}\"", setup.source), format!("one of {SOURCES:?}")))?;
        let is_measured = setup.source == MEASURED;
        for (place, error_mm) in [("fre_mm", setup.fre_mm), ("largest_tre_mm", setup.largest_tre_mm)] {
            require(error_mm.is_some() == is_measured, place, || {
                let found = error_mm.map_or("no number".to_owned(), |error_mm| format!("{error_mm} mm"));
                (format!("{found} for a head placed by {}", setup.source), format!("a number for {MEASURED} alone"))
            })?;
            let is_length = error_mm.is_none_or(|error_mm| (0.0..f64::INFINITY).contains(&error_mm));
            require(is_length, place, || (format!("{error_mm:?} mm"), "a length of 0 or more".to_owned()))?;
        }
        let marks = self.fiducials_mm.len();
        require(!is_measured || marks >= FEWEST_FIDUCIALS, "source", || {
            (format!("{MEASURED}, and {marks} of them in \"fiducials_mm\""), format!("at least {FEWEST_FIDUCIALS}"))
        })
    }

    fn check_contacts(&self) -> Result<()> {
        let surveys = self.rig.depth.survey_every().is_some();
        require(surveys || self.contacts.is_empty(), "contacts", || {
            (
                "touches of the skin".to_owned(),
                "none, as this rig's depth does not count from planes through touches".to_owned(),
            )
        })?;
        let most_mm = self.rig.depth.beyond_mm();
        for (index, contact) in self.contacts.iter().enumerate() {
            let place = |key: &str| format!("contacts[{index}].{key}");
            let placed = self.setups.contains_key(&contact.setup);
            require(placed, place("setup"), || (format!("{:?}", contact.setup), "one of \"setups\"".to_owned()))?;
            let height_mm = contact.height_mm;
            require(height_mm.abs() <= most_mm, place("height_mm"), || {
                (format!("{height_mm} mm"), format!("at most {most_mm} mm either way, the search_mm of the rig"))
            })?;
        }
        Ok(())
    }

    fn check_dot(&self, dot: &Dot) -> Result<()> {
        let length = Vector::from(dot.normal).norm();
        require((length - 1.0).abs() <= UNIT_DEFECT, "normal", || {
            (format!("a length of {length}"), "a unit vector".to_owned())
        })?;
        let cap = self.rig.depth_cap_mm;
        require(dot.depth_mm > 0.0 && dot.depth_mm <= cap, "depth_mm", || {
            (format!("{} mm", dot.depth_mm), format!("above 0 and at most {cap} mm, the depth cap of the rig"))
        })?;
        for (place, length) in [("spacing_mm", dot.spacing_mm), ("diameter_mm", dot.diameter_mm)] {
            require(length > 0.0, place, || (format!("{length} mm"), "a length above 0".to_owned()))?;
        }
        let last = self.case.sessions.len().max(1);
        let sessions = if dot.existing { 0..=0 } else { 1..=last };
        require(sessions.contains(&(dot.session as usize)), "session", || {
            (dot.session.to_string(), format!("{} to {}", sessions.start(), sessions.end()))
        })?;
        let known = if self.case.tools.is_empty() { dot.tool == 1 } else { self.case.tool(dot.tool).is_some() };
        require(known || dot.existing, "tool", || (dot.tool.to_string(), "a tool of the case".to_owned()))?;
        require(dot.setup.is_some() == dot.order.is_some(), "order", || {
            (format!("{:?} in the setup {:?}", dot.order, dot.setup), "both or neither".to_owned())
        })
    }

    /// Each tool of a block strikes its dots one after the other, and is put in right before, once.
    fn check_passes(&self, block: &Block) -> Result<()> {
        let tool_of = |id: &u32| self.dot(*id).map_or(0, |dot| dot.tool);
        let tools: Vec<u32> = block.dots.iter().map(tool_of).collect();
        let first = tools.first().is_none_or(|tool| *tool == block.tool);
        require(first, "tool", || (block.tool.to_string(), "the tool of the first dot".to_owned()))?;
        let starts = (0..tools.len()).filter(|&order| order == 0 || tools[order] != tools[order - 1]);
        let starts: Vec<usize> = starts.collect();
        let once: BTreeSet<u32> = starts.iter().map(|&order| tools[order]).collect();
        require(once.len() == starts.len(), "dots", || {
            (format!("{} changes between {} tools", starts.len(), once.len()), "each tool's dots in one run".to_owned())
        })?;
        let changes = block.stops.iter().filter(|stop| stop.kind == HaltKind::ToolChange);
        let changes: Vec<usize> = changes.map(|stop| stop.before_order as usize).collect();
        let wanted = if self.case.tools.is_empty() { Vec::new() } else { starts };
        require(changes == wanted, "stops", || {
            (format!("tool changes before the dots number {changes:?}"), format!("before those number {wanted:?}"))
        })
    }

    fn check_blocks(&self) -> Result<()> {
        let mut programs = BTreeSet::new();
        for (index, block) in self.blocks.iter().enumerate() {
            self.check_block(block).map_err(|error| error.within(&format!("blocks[{index}]")))?;
            require(programs.insert((block.session, &block.setup)), format!("blocks[{index}]"), || {
                let found = format!("session {} in the setup {} again", block.session, block.setup);
                (found, "one block for each program".to_owned())
            })?;
        }
        let struck: usize = self.blocks.iter().map(|block| block.dots.len()).sum();
        let with_order = self.dots.iter().filter(|dot| dot.order.is_some()).count();
        require(struck == with_order, "dots", || {
            (format!("{with_order} dots with an order"), format!("{struck}, as the blocks have"))
        })
    }

    fn check_block(&self, block: &Block) -> Result<()> {
        let placed = self.setups.contains_key(&block.setup);
        require(placed, "setup", || (format!("{:?}", block.setup), "one of \"setups\"".to_owned()))?;
        for (order, &id) in block.dots.iter().enumerate() {
            let fits = self.dot(id).is_some_and(|dot| {
                dot.order.map(|order| order as usize) == Some(order)
                    && dot.session == block.session
                    && dot.setup.as_ref() == Some(&block.setup)
            });
            require(fits, "dots", || {
                let expected = "a dot whose session, setup and order say the same";
                (format!("dot {id} as number {order}"), expected.to_owned())
            })?;
        }
        for (index, stop) in block.stops.iter().enumerate() {
            let next = block.dots.get(stop.before_order as usize);
            require(next == Some(&stop.before_dot), format!("stops[{index}]"), || {
                let found = format!("a stop before dot {} as number {}", stop.before_dot, stop.before_order);
                (found, "a dot of the block at its place in the order".to_owned())
            })?;
        }
        self.check_passes(block)?;
        let in_turn = block.stops.is_sorted_by_key(|stop| stop.before_order);
        require(in_turn, "stops", || ("stops out of turn".to_owned(), "stops in working order".to_owned()))?;
        Ok(())
    }
}

fn require(ok: bool, place: impl Into<String>, what: impl FnOnce() -> (String, String)) -> Result<()> {
    if ok {
        return Ok(());
    }
    let (found, expected) = what();
    Err(Error::input(found).place(place).expected(expected))
}
