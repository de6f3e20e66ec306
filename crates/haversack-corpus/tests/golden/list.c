#include <stdlib.h>

#define CAPACITY 16

typedef struct list {
    int *items;
    size_t length;
} list_t;

/* Adds an item. */
int list_push(list_t *list, int item) {
    if (list->length == CAPACITY) {
        return -1;
    }
    list->items[list->length++] = item;
    return 0;
}

static void list_free(list_t *list) { free(list->items); }
