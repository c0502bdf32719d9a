"""What is done to a tree while the server is killed, and the tree.

Every scene starts from the same tree.  "rich" has dead properties and locks
nearly everywhere, "bare" has neither, so that nothing of them is owed; and
"mounted" is rich, and another file system is mounted at /m."""

import collections

Request = collections.namedtuple("Request", "method path fields body")
# before: requests that are sent first, to the same server; {upload} as a path
# stands for the Location that one of them was answered.
Scene = collections.namedtuple("Scene", "name request status tree before",
                               defaults=((),))

COLLECTIONS = ("/c", "/c/d", "/old", "/old/s", "/k", "/k/d", "/m", "/m/d")
FILES = ("/c/f", "/c/d/g", "/old/f", "/old/h", "/old/s/i", "/k/j", "/k/d/l",
         "/file", "/other", "/plain", "/m/file", "/m/d/f")
# A resource and the name of its dead property.
PROPS = (("/c", "p"), ("/c/f", "p"), ("/c/d/g", "q"), ("/old", "p"),
         ("/old/f", "r"), ("/old/s/i", "p"), ("/k", "p"), ("/k/d/l", "p"),
         ("/file", "p"), ("/file", "q"), ("/other", "r"), ("/m/file", "p"),
         ("/m/d", "p"), ("/m/d/f", "q"))
# A lock's root and its depth.
LOCKS = (("/c/f", "0"), ("/old/h", "0"), ("/old/s", "infinity"), ("/file", "0"),
         ("/k", "infinity"), ("/m/d/f", "0"))

SECONDS, SECONDS_LATER = 400000, 500000


def setting(name, value):
    return ('<D:set><D:prop><x:%s xmlns:x="urn:x">%s</x:%s></D:prop></D:set>'
            % (name, value, name))


def removing(name):
    return ('<D:remove><D:prop><x:%s xmlns:x="urn:x"/></D:prop></D:remove>'
            % name)


def proppatch(path, *changes, fields=()):
    body = '<D:propertyupdate xmlns:D="DAV:">%s</D:propertyupdate>'
    return Request("PROPPATCH", path, fields, body % "".join(changes))


def lock(path, depth="0"):
    return Request("LOCK", path, (("Depth", depth),
                                  ("Timeout", "Second-%d" % SECONDS)),
                   '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/>'
                   '</D:lockscope><D:locktype><D:write/></D:locktype>'
                   '<D:owner>me</D:owner></D:lockinfo>')


def plant_requests(is_rich):
    for path in COLLECTIONS:
        yield Request("MKCOL", path, (), None)
    for path in FILES:
        yield Request("PUT", path, (), "content of " + path)
    if not is_rich:
        return
    for path, name in PROPS:
        yield proppatch(path, setting(name, "%s of %s" % (name, path)))
    for path, depth in LOCKS:
        yield lock(path, depth)


# In fields {/c/f} stands for the token of the lock of /c/f.
def holding(*roots):
    lists = " ".join("<%s> (<{%s}>)" % (root, root) for root in roots)
    return (("If", lists),)


OLD = ("/old/h", "/old/s")


def transfer(method, source, destination, *roots, fields=()):
    return Request(method, source, (("Destination", destination), *fields,
                                    *(holding(*roots) if roots else ())), None)


def copy(source, destination, *roots, **options):
    return transfer("COPY", source, destination, *roots, **options)


def move(source, destination, *roots, **options):
    return transfer("MOVE", source, destination, *roots, **options)


def delete(path, *roots):
    return Request("DELETE", path, holding(*roots) if roots else (), None)


def put(path, *roots, body="new content"):
    return Request("PUT", path, holding(*roots) if roots else (), body)


def put_in(path, language, *roots):
    request = put(path, *roots)
    return request._replace(
        fields=(("Content-Language", language), *request.fields))


def part(offset, body, is_last, *roots):
    """One more part of an upload; the last one shows the file."""
    fields = (("Content-Type", "application/partial-upload"),
              ("Upload-Offset", str(offset)),
              ("Upload-Complete", "?%d" % is_last))
    return Request("PATCH", "{upload}", (
        *fields, *(holding(*roots) if roots else ())), body)


def upload(path, *roots):
    """All of an upload but the last request."""
    begin = put(path, *roots, body="one ")
    return (begin._replace(fields=(("Upload-Complete", "?0"), *begin.fields)),
            part(4, "two ", False, *roots))


def in_parts(path, *roots):
    return part(8, "three", True, *roots), upload(path, *roots)


RICH = (
    ("copy a collection to a new name", copy("/c", "/new"), 201),
    ("copy it into a locked collection", copy("/c", "/k/new", "/k"), 201),
    ("copy a collection onto another", copy("/c", "/old", *OLD), 204),
    ("copy a collection onto a file", copy("/c", "/file", "/file"), 204),
    ("copy a locked one onto another", copy("/k", "/old", *OLD), 204),
    ("copy a collection alone onto another",
     copy("/c", "/old", *OLD, fields=(("Depth", "0"),)), 204),
    ("copy all or nothing",
     copy("/c", "/old", *OLD, fields=(("Prefer", "handling=strict"),)), 204),
    ("copy a file to a new name", copy("/file", "/new"), 201),
    ("copy a file onto a file", copy("/other", "/file", "/file"), 204),
    ("copy a file onto a collection", copy("/file", "/old", *OLD), 204),
    ("move a collection to a new name", move("/c", "/new", "/c/f"), 201),
    ("move it into a locked collection",
     move("/c", "/k/new", "/c/f", "/k"), 201),
    ("move a collection onto another",
     move("/c", "/old", "/c/f", *OLD), 204),
    ("move a collection onto a file",
     move("/c", "/file", "/c/f", "/file"), 204),
    ("move a locked one onto another", move("/k", "/old", "/k", *OLD), 204),
    ("move a file to a new name", move("/file", "/new", "/file"), 201),
    ("move a file onto a file", move("/file", "/c/f", "/file", "/c/f"), 204),
    ("move a file onto a collection",
     move("/file", "/old", "/file", *OLD), 204),
    ("delete a collection", delete("/c", "/c/f"), 204),
    ("delete a locked collection", delete("/k", "/k"), 204),
    ("delete a member of a locked one", delete("/k/d", "/k"), 204),
    ("delete a file", delete("/file", "/file"), 204),
    ("put a new file", put("/c/new"), 201),
    ("put a new file into a locked one", put("/k/new", "/k"), 201),
    ("put over a file", put("/file", "/file"), 204),
    ("put an empty file over a file", put("/other", body=""), 204),
    ("put a file with a language", put_in("/file", "la", "/file"), 204),
    ("put a new file with a language", put_in("/c/new", "la"), 201),
    ("make a collection", Request("MKCOL", "/c/new", (), None), 201),
    ("make one in a locked one",
     Request("MKCOL", "/k/new", holding("/k"), None), 201),
    ("change properties of a file",
     proppatch("/file", setting("p", "changed"), removing("q"),
               setting("s", "added"), fields=holding("/file")), 207),
    ("change properties of a collection",
     proppatch("/c", setting("p", "changed"), setting("s", "added")), 207),
    ("set the first property", proppatch("/plain", setting("p", "new")), 207),
    ("lock a file", lock("/plain"), 200),
    ("lock a collection with all in it", lock("/c/d", "infinity"), 200),
    ("lock a new name", lock("/c/new"), 201),
    ("refresh a lock",
     Request("LOCK", "/file", (("If", "(<{/file}>)"),
                               ("Timeout", "Second-%d" % SECONDS_LATER)),
             None), 200),
    ("unlock a file",
     Request("UNLOCK", "/file", (("Lock-Token", "<{/file}>"),), None), 204),
    ("unlock a collection",
     Request("UNLOCK", "/k", (("Lock-Token", "<{/k}>"),), None), 204),
)

BARE = (
    ("copy a collection to a new name", copy("/c", "/new"), 201),
    ("copy a collection onto another", copy("/c", "/old"), 204),
    ("copy a file onto a file", copy("/file", "/other"), 204),
    ("move a collection to a new name", move("/c", "/new"), 201),
    ("move a collection onto another", move("/c", "/old"), 204),
    ("move a file onto a collection", move("/file", "/old"), 204),
    ("move a file onto a file", move("/file", "/other"), 204),
    ("delete a collection", delete("/c"), 204),
    ("delete a file", delete("/file"), 204),
    ("put over a file", put("/file"), 204),
    ("set the first property", proppatch("/plain", setting("p", "new")), 207),
    ("lock a new name", lock("/c/new"), 201),
)

MOUNTED = (
    ("copy a collection there", copy("/c", "/m/new"), 201),
    ("copy a collection onto a file there", copy("/c", "/m/file"), 204),
    ("copy a collection from there onto another",
     copy("/m/d", "/old", *OLD), 204),
    ("move a collection there", move("/c", "/m/new", "/c/f"), 201),
    ("move a collection onto a collection there",
     move("/c", "/m/d", "/c/f", "/m/d/f"), 204),
    ("move a collection onto a file there",
     move("/c", "/m/file", "/c/f"), 204),
    ("move a file onto a file there",
     move("/file", "/m/file", "/file"), 204),
    ("move a collection from there onto another",
     move("/m/d", "/old", "/m/d/f", *OLD), 204),
    ("move a file from there", move("/m/file", "/new"), 201),
    ("delete a collection there", delete("/m/d", "/m/d/f"), 204),
    ("delete a file there", delete("/m/file"), 204),
    ("put a new file there", put("/m/new"), 201),
    ("put over a file there", put("/m/file"), 204),
)


# name, path, the locks, status, tree
PARTS = (
    ("a new file", "/c/new", (), 201, "rich"),
    ("a new file into a locked one", "/k/new", ("/k",), 201, "rich"),
    ("over a file", "/file", ("/file",), 204, "rich"),
    ("over a file", "/other", (), 204, "bare"),
    ("a new file there", "/m/new", (), 201, "mounted"),
    ("over a file there", "/m/file", (), 204, "mounted"),
)


def part_scenes():
    for name, path, roots, status, tree in PARTS:
        last, before = in_parts(path, *roots)
        yield Scene("put in parts %s, %s" % (name, tree), last, status, tree,
                    before)


def all_scenes():
    for tree, rows in (("rich", RICH), ("bare", BARE), ("mounted", MOUNTED)):
        for name, request, status in rows:
            if tree != "rich":
                name += ", " + tree
            yield Scene(name, request, status, tree)
    yield from part_scenes()
