//! Symbolic links of a source must stay in its tree.

use std::fs;
use std::path::{Component, Path, PathBuf};

use domain::sandbox::protocol::SourceRejection;

use super::Rejected;

/// Most links followed in resolving one; the kernel's own number.
const MAX_FOLLOWED: u32 = 40;

/// Refuses a tree with a link that leads out of it, by whatever way.
pub(super) fn check_tree(root: &Path) -> Result<(), Rejected> {
    let mut open = vec![PathBuf::new()];
    while let Some(directory) = open.pop() {
        let entries = fs::read_dir(root.join(&directory)).map_err(|e| Rejected::writing(&e))?;
        for entry in entries.flatten() {
            let path = directory.join(entry.file_name());
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_symlink() && !stays_inside(root, &path) {
                return Err(Rejected::new(
                    SourceRejection::LinkLeavesTree,
                    format!("the link {} leads out of it", path.display()),
                ));
            }
            if kind.is_dir() && path != Path::new(".git") {
                open.push(path);
            }
        }
    }
    Ok(())
}

/// Whether following `path` (relative to `root`) never steps above `root`. A link to nothing may
/// stay; one that goes in circles may too, since it leads nowhere.
fn stays_inside(root: &Path, path: &Path) -> bool {
    let mut reached = PathBuf::new();
    let mut ahead: Vec<PathBuf> = parts(path);
    let mut followed = 0;
    while let Some(part) = ahead.pop() {
        if part.is_absolute() {
            return false;
        }
        if part == Path::new("..") {
            if !reached.pop() {
                return false;
            }
            continue;
        }
        reached.push(&part);
        let Ok(target) = fs::read_link(root.join(&reached)) else { continue };
        followed += 1;
        if followed > MAX_FOLLOWED {
            return true;
        }
        if target.is_absolute() {
            return false;
        }
        reached.pop();
        ahead.extend(parts(&target));
    }
    true
}

/// A path's parts, the last one first.
fn parts(path: &Path) -> Vec<PathBuf> {
    path.components()
        .rev()
        .filter(|part| !matches!(part, Component::CurDir))
        .map(|part| PathBuf::from(part.as_os_str()))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_link_may_point_anywhere_inside_and_nowhere_outside() {
        let tree = tempfile::tempdir().unwrap();
        let root = tree.path();
        fs::create_dir_all(root.join("d/e")).unwrap();
        fs::write(root.join("d/file"), "x").unwrap();
        let link = |target: &str, name: &str| symlink(target, root.join(name)).unwrap();
        link("d/file", "inside");
        link("../d/../inside", "d/up");
        link("missing/thing", "dangling");
        link("loop", "loop");
        assert_eq!(check_tree(root), Ok(()));

        for (target, name) in [
            ("/etc/passwd", "absolute"),
            ("../x", "above"),
            ("d/../../x", "above_by_detour"),
            // Looks as if it stayed: d/up_link is the tree's root, so one up from it is outside.
            ("d/up_link/../x", "above_by_link"),
        ] {
            link("..", "d/up_link");
            link(target, name);
            let refused = check_tree(root).unwrap_err();
            assert_eq!(refused.reason, SourceRejection::LinkLeavesTree, "{name}");
            fs::remove_file(root.join(name)).unwrap();
            fs::remove_file(root.join("d/up_link")).unwrap();
        }
    }
}
