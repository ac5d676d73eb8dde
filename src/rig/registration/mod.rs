//! Where the head lies in the rig, and how well that is known at every dot.
//!
//! Marks that are known in the scan are touched on the rig ([`Registration`]); a rigid least-squares fit lays one on the
//! other ([`fit_rigid`]), probed points of the skin may refine it ([`refine`]). How far a dot may be off is predicted from
//! the places of the marks and a stated error of locating one ([`Fit::predicted_tre_mm`]), and that alone is judged
//! ([`TreLimits`]): the residuals at the marks say next to nothing about it (J. M. Fitzpatrick, "Fiducial registration
//! error and target registration error are uncorrelated", Proc. SPIE 7261, 2009).

mod advice;
mod file;
mod fit;
mod locate;
mod marks;
mod spread;
mod surface;
mod suspect;
mod tre;

pub use advice::{Addition, best_addition};
pub use file::{Fiducial, REGISTRATION_FORMAT, Registration};
pub use fit::{Fit, fit_rigid, lay_rigid};
pub use locate::Located;
pub use surface::{Refinement, Weights, refine};
pub use tre::{TreLimits, TreModel};
