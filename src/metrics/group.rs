//! A group of metrics as one list.

/// Declares a struct of metrics. A field has its help text as its comment, then its type, its name,
/// and its value at the start. The default is in no registry; clones share the values.
macro_rules! metric_group {
    (
        $(#[$attribute:meta])*
        $group_visibility:vis struct $group:ident {
            $(
                $(#[doc = $help:literal])+
                $visibility:vis $field:ident: $metric:ty = $name:literal, $start:expr;
            )+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Debug, Clone)]
        $group_visibility struct $group {
            $($(#[doc = $help])+ $visibility $field: $metric,)+
        }

        impl Default for $group {
            fn default() -> Self {
                Self { $($field: $start,)+ }
            }
        }

        impl $group {
            pub(super) fn register(&self, registry: &mut Registry) {
                $(registry.register($name, concat!($($help),+).trim_start(), self.$field.clone());)+
            }
        }
    };
}
pub(super) use metric_group;
