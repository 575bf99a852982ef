//! The macro that makes types and methods of the list of a product's fields.

/// Declares the fields that a client may set: their specs, the types with one member for each, and
/// what those do with all their members.
macro_rules! product_fields {
    ($(
        $name:ident: $type:ty =
            $kind:expr, $presence:expr, $description:literal, $example:expr;
    )+) => {
        /// The fields that a client may set.
        pub const FIELDS: &[FieldSpec; [$(stringify!($name)),+].len()] = &[$(FieldSpec {
            name: stringify!($name),
            kind: $kind,
            presence: $presence,
            description: $description,
            example: $example,
        }),+];

        /// A stored product.
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        pub struct Product {
            /// Assigned by the store.
            pub id: ProductId,
            $(
                // The saved outcomes of former versions lack newer fields.
                #[serde(default)]
                #[doc = $description]
                pub $name: $type,
            )+
            /// Units held for carts; more than `stock` if the stock was lowered since.
            pub held: i64,
            /// Fields whose stored values break a rule. They are shown with defaults, and the
            /// product is not for sale.
            #[serde(skip)]
            pub invalid_fields: Vec<&'static str>,
            /// Starts at 1 and grows by 1 on every change.
            pub version: i64,
            pub created_at: Timestamp,
            pub updated_at: Timestamp,
        }

        impl Product {
            /// The first version of a product.
            pub fn new(id: ProductId, new: NewProduct, now: Timestamp) -> Self {
                Self {
                    id,
                    $($name: new.$name,)+
                    held: 0,
                    invalid_fields: Vec::new(),
                    version: 1,
                    created_at: now,
                    updated_at: now,
                }
            }

            /// The next version, with the fields of the patch.
            #[must_use]
            pub fn patched(self, patch: &ProductPatch, now: Timestamp) -> Self {
                Self {
                    $($name: patch.$name.clone().unwrap_or(self.$name),)+
                    version: self.version + 1,
                    updated_at: now,
                    ..self
                }
            }

            /// The values of [`FIELDS`].
            pub fn values(&self) -> impl Iterator<Item = (&'static FieldSpec, FieldValue<'_>)> {
                FIELDS.iter().zip([$(self.$name.value()),+])
            }
        }

        /// The fields of a product as they were sent, before validation.
        #[derive(Debug, Clone, Default)]
        pub struct RawProduct {
            $(pub $name: Field<<$type as FromField>::Raw>),+
        }

        impl RawProduct {
            /// Reads the fields; an error names unknown members.
            pub fn read(body: BodyFields) -> Result<Self, ValidationError> {
                Ok(Self::take(body.only(&[$(stringify!($name)),+])?))
            }

            /// Like [`read`](Self::read), but other members are ignored.
            pub fn take(mut body: BodyFields) -> Self {
                Self {
                    $($name: (<$type>::TAKE)(&mut body, stringify!($name))),+
                }
            }

            /// Leaves out the fields that are not kept.
            pub fn retain(&mut self, keeps: impl Fn(&str) -> bool) {
                $(if !keeps(stringify!($name)) {
                    self.$name = Field::Missing;
                })+
            }
        }

        /// A valid product that is not stored yet.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct NewProduct {
            $(pub $name: $type),+
        }

        impl NewProduct {
            /// Applies the rules and the defaults; an error names every invalid field.
            pub fn parse(raw: RawProduct) -> Result<Self, ValidationError> {
                let mut fields = Fields::default();
                let [$($name),+] = FIELDS;
                $(let $name = fields.check($name, "", raw.$name);)+
                let product = || Some(Self { $($name: $name?),+ });
                fields.finish(product())
            }

            /// Reads the fields of a stored product.
            pub fn from_stored<S: FieldSource>(source: &mut S) -> Result<Self, S::Error> {
                let [$($name),+] = FIELDS;
                Ok(Self {
                    $($name: StoredField::read(source, $name)?),+
                })
            }

            /// The values of [`FIELDS`].
            pub fn values(&self) -> impl Iterator<Item = (&'static FieldSpec, FieldValue<'_>)> {
                FIELDS.iter().zip([$(self.$name.value()),+])
            }
        }

        /// A change of some fields of a product; `None` keeps a field unchanged.
        #[derive(Debug, Clone, PartialEq, Eq, Default)]
        #[non_exhaustive]
        pub struct ProductPatch {
            $(pub $name: Option<$type>),+
        }

        impl ProductPatch {
            /// Applies the rules to the fields that were sent; an error names every invalid field.
            pub fn parse(raw: RawProduct) -> Result<Self, ValidationError> {
                let mut fields = Fields::default();
                let [$($name),+] = FIELDS;
                $(let $name = fields.check_sent($name, "", raw.$name);)+
                fields.finish(Some(Self { $($name),+ }))
            }

            /// The values of the fields that change.
            pub fn values(&self) -> impl Iterator<Item = (&'static FieldSpec, FieldValue<'_>)> {
                let values = [$(self.$name.as_ref().map(StoredField::value)),+];
                let values = FIELDS.iter().zip(values);
                values.filter_map(|(spec, value)| Some((spec, value?)))
            }

            /// Only the fields that differ from the product's.
            pub fn differing_from(&self, product: &Product) -> Self {
                Self {
                    $($name: self.$name.clone().filter(|value| *value != product.$name)),+
                }
            }

            /// A new product with these fields and the defaults of the others; an error names the
            /// missing fields that have none.
            pub fn into_new(self) -> Result<NewProduct, ValidationError> {
                let reason = "is required for a new product";
                let mut fields = Fields::default();
                let [$($name),+] = FIELDS;
                $(let $name = self.$name.or_else(|| fields.default_of($name, "", reason));)+
                let product = || Some(NewProduct { $($name: $name?),+ });
                fields.finish(product())
            }
        }
    };
}
pub(super) use product_fields;
