/* SPDX-License-Identifier: MIT */
/* A map from tensor ids to pointers: open addressing, no allocation per entry. Private to the engine. */
#pragma once
#include <glib.h>

typedef struct { guint64 id; gpointer value; } LkIdEntry;

typedef struct
{
  LkIdEntry *entries;     /* id 0: free */
  guint size;             /* a power of two, or 0 */
  guint used;
} LkIdMap;

void lk_id_map_clear (LkIdMap *map);
void lk_id_map_grow (LkIdMap *map);                 /* makes room for one more */

/* Where id is or would be. Ids are consecutive numbers, so multiplying spreads them well enough. */
static inline LkIdEntry *
lk_id_map_slot (const LkIdMap *map, guint64 id)
{
  guint mask = map->size - 1;
  guint i = (guint) ((id * 0x9e3779b97f4a7c15u) >> 32) & mask;
  while (map->entries[i].id != 0 && map->entries[i].id != id)
    i = (i + 1) & mask;
  return &map->entries[i];
}

/* The entry of id; NULL if there is none. Valid until the next lk_id_map_add(). */
static inline LkIdEntry *
lk_id_map_find (const LkIdMap *map, guint64 id)
{
  if (map->size == 0)
    return NULL;
  LkIdEntry *entry = lk_id_map_slot (map, id);
  return entry->id == id ? entry : NULL;
}

/* The entry of id, new with value NULL if there was none. */
static inline LkIdEntry *
lk_id_map_add (LkIdMap *map, guint64 id)
{
  if (G_UNLIKELY (map->used * 2 >= map->size))
    lk_id_map_grow (map);
  LkIdEntry *entry = lk_id_map_slot (map, id);
  if (entry->id == 0)
    {
      entry->id = id;
      map->used++;
    }
  return entry;
}

static inline gboolean
lk_id_map_has (const LkIdMap *map, guint64 id)
{
  return map->used > 0 && lk_id_map_find (map, id) != NULL;
}
