/* SPDX-License-Identifier: MIT */
#include "engine/formats/example.h"

#include "engine/formats/tensor.pb-c.h"

typedef Lockstep__Feature Feature;

/* One feature with all that it points at, which lives as long as packing takes. */
typedef struct
{
  Lockstep__Features__Entry entry;
  Feature feature;
  Lockstep__BytesList bytes;
  Lockstep__FloatList floats;
  Lockstep__Int64List integers;
  ProtobufCBinaryData *texts;
} Packed;

static void
pack_values (Packed *p, const LkTensor *values)
{
  switch ((int) values->dtype)
    {
    case LK_STRING:
      p->texts = g_new (ProtobufCBinaryData, values->size + 1);
      for (gint64 i = 0; i < values->size; i++)
        p->texts[i].data = (guint8 *) lk_string_at (values, i, &p->texts[i].len);
      p->bytes.n_value = values->size;
      p->bytes.value = p->texts;
      p->feature.kind_case = LOCKSTEP__FEATURE__KIND_BYTES_LIST;
      p->feature.bytes_list = &p->bytes;
      break;
    case LK_FLOAT32:
      p->floats.n_value = values->size;
      p->floats.value = values->data;
      p->feature.kind_case = LOCKSTEP__FEATURE__KIND_FLOAT_LIST;
      p->feature.float_list = &p->floats;
      break;
    case LK_INT64:
      p->integers.n_value = values->size;
      p->integers.value = values->data;
      p->feature.kind_case = LOCKSTEP__FEATURE__KIND_INT64_LIST;
      p->feature.int64_list = &p->integers;
      break;
    default: g_assert_not_reached ();
    }
}

static void
pack_feature (Packed *p, const LkFeature *from)
{
  p->entry = (Lockstep__Features__Entry) LOCKSTEP__FEATURES__ENTRY__INIT;
  p->feature = (Feature) LOCKSTEP__FEATURE__INIT;
  p->bytes = (Lockstep__BytesList) LOCKSTEP__BYTES_LIST__INIT;
  p->floats = (Lockstep__FloatList) LOCKSTEP__FLOAT_LIST__INIT;
  p->integers = (Lockstep__Int64List) LOCKSTEP__INT64_LIST__INIT;
  p->entry.key = (char *) from->key;
  p->entry.value = &p->feature;
  if (from->values != NULL)
    pack_values (p, from->values);
}

GBytes *
lk_example_pack (const LkFeature *features, guint n)
{
  Lockstep__Example example = LOCKSTEP__EXAMPLE__INIT;
  Lockstep__Features all = LOCKSTEP__FEATURES__INIT;
  g_autofree Packed *packed = g_new0 (Packed, n + 1);
  g_autofree Lockstep__Features__Entry **entries = g_new (Lockstep__Features__Entry *, n + 1);
  for (guint i = 0; i < n; i++)
    {
      pack_feature (&packed[i], &features[i]);
      entries[i] = &packed[i].entry;
    }
  all.n_feature = n;
  all.feature = entries;
  example.features = &all;
  const gsize size = lockstep__example__get_packed_size (&example);
  guint8 *bytes = g_malloc (size + 1);
  lockstep__example__pack (&example, bytes);
  for (guint i = 0; i < n; i++)
    g_free (packed[i].texts);
  return g_bytes_new_take (bytes, size);
}

GBytes *
lk_feature_pack (const LkFeature *feature)
{
  Packed packed = { .texts = NULL };
  pack_feature (&packed, feature);
  const gsize size = lockstep__feature__get_packed_size (&packed.feature);
  guint8 *bytes = g_malloc (size + 1);
  lockstep__feature__pack (&packed.feature, bytes);
  g_free (packed.texts);
  return g_bytes_new_take (bytes, size);
}

static LkTensor *
strings_of (const Lockstep__BytesList *list)
{
  const LkShape shape = LK_SHAPE (list->n_value);
  g_autofree const char **texts = g_new (const char *, list->n_value + 1);
  g_autofree gsize *lengths = g_new (gsize, list->n_value + 1);
  for (gsize i = 0; i < list->n_value; i++)
    {
      texts[i] = list->value[i].data != NULL ? (const char *) list->value[i].data : "";
      lengths[i] = list->value[i].len;
    }
  return lk_tensor_new_strings (&shape, texts, lengths);
}

static LkTensor *
values_of (const Feature *feature)
{
  LkShape shape;
  switch (feature != NULL ? feature->kind_case : LOCKSTEP__FEATURE__KIND__NOT_SET)
    {
    case LOCKSTEP__FEATURE__KIND_BYTES_LIST: return strings_of (feature->bytes_list);
    case LOCKSTEP__FEATURE__KIND_FLOAT_LIST:
      shape = LK_SHAPE (feature->float_list->n_value);
      return lk_tensor_new_copy (LK_FLOAT32, &shape, feature->float_list->value);
    case LOCKSTEP__FEATURE__KIND_INT64_LIST:
      shape = LK_SHAPE (feature->int64_list->n_value);
      return lk_tensor_new_copy (LK_INT64, &shape, feature->int64_list->value);
    default: return NULL;
    }
}

gboolean
lk_example_unpack (const void *bytes, gsize size, void (*each) (const LkFeature *feature, gpointer data), gpointer data,
                   GError **error)
{
  Lockstep__Example *example = lockstep__example__unpack (NULL, size, bytes);
  if (example == NULL)
    {
      g_set_error (error, LK_ERROR, LK_DATA_LOSS, "Error parsing message: these %" G_GSIZE_FORMAT " bytes are no Example", size);
      return FALSE;
    }
  for (gsize i = 0; example->features != NULL && i < example->features->n_feature; i++)
    {
      const Lockstep__Features__Entry *entry = example->features->feature[i];
      g_autoptr (LkTensor) values = values_of (entry->value);
      each (&(LkFeature) { entry->key, values }, data);
    }
  lockstep__example__free_unpacked (example, NULL);
  return TRUE;
}
