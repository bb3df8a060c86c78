//! What stands around pages.

mod banner;
mod crumbs;
mod dashboard;
mod settings;
mod sidebar;
mod sign_in;
mod switcher;

pub use banner::FormBanner;
pub use crumbs::{Crumb, crumbs_of};
pub use dashboard::DashboardLayout;
pub use settings::SettingsLayout;
pub use sign_in::SignInLayout;
