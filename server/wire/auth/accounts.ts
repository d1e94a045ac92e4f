import { Binary } from "bson";
import { commandError } from "../command-error";
import { isDocument, type Document } from "../protocol/decode";
import type { ClusterStore } from "../storage/cluster-store";
import {
  putSystemDocument,
  readSystemDocument,
  readSystemDocuments,
  removeSystemDocument,
  newUuid,
} from "../runtime/system-documents";
import { builtinRole } from "./builtin-roles";
import type { Privilege, Resource } from "./privileges";
import { fakeCredential, makeCredential, type Credential, type Mechanism } from "./scram";

export const USERS = "admin.system.users";
export const ROLES = "admin.system.roles";
const MECHANISMS: readonly Mechanism[] = ["SCRAM-SHA-1", "SCRAM-SHA-256"];

export interface RoleName {
  role: string;
  db: string;
}

/** Users and roles: documents of admin.system.users and admin.system.roles, as real servers keep them. */
export class Accounts {
  constructor(
    private readonly store: ClusterStore,
    private readonly secret: Buffer,
  ) {}

  /** Without any user nobody has to log in. */
  get any(): boolean {
    return (this.store.collection(USERS)?.count ?? 0) > 0;
  }

  findUser(user: string, db: string): Document | null {
    return readSystemDocument(this.store, USERS, `${db}.${user}`);
  }

  users(): Document[] {
    return readSystemDocuments(this.store, USERS);
  }

  createUser(o: {
    user: string;
    db: string;
    password: string;
    roles: RoleName[];
    mechanisms?: Mechanism[];
    customData?: unknown;
  }): void {
    if (this.findUser(o.user, o.db)) throw commandError(51003, `User "${o.user}@${o.db}" already exists`);
    this.assertRoles(o.roles);
    putSystemDocument(this.store, USERS, {
      _id: `${o.db}.${o.user}`,
      userId: new Binary(newUuid(), 4),
      user: o.user,
      db: o.db,
      credentials: makeCredentials(o.user, o.password, o.mechanisms),
      ...(o.customData !== undefined && { customData: o.customData }),
      roles: o.roles,
    });
  }

  rolesOf(user: Document): RoleName[] {
    return roleNames(user.roles);
  }

  putUser(document: Document): void {
    putSystemDocument(this.store, USERS, document);
  }

  dropUser(user: string, db: string): boolean {
    return removeSystemDocument(this.store, USERS, `${db}.${user}`);
  }

  findRole(role: string, db: string): Document | null {
    return readSystemDocument(this.store, ROLES, `${db}.${role}`);
  }

  roles(): Document[] {
    return readSystemDocuments(this.store, ROLES);
  }

  putRole(document: Document): void {
    putSystemDocument(this.store, ROLES, document);
  }

  dropRole(role: string, db: string): boolean {
    return removeSystemDocument(this.store, ROLES, `${db}.${role}`);
  }

  /** RoleNotFound (31) for a role that does not exist. */
  assertRoles(roles: readonly RoleName[]): void {
    for (const { role, db } of roles) {
      if (!builtinRole(role, db) && !this.findRole(role, db)) {
        throw commandError(31, `Could not find role: ${role}@${db}`);
      }
    }
  }

  /** Everything that these roles allow, inherited roles included. */
  privilegesOf(roles: readonly RoleName[], seen = new Set<string>()): Privilege[] {
    return roles.flatMap(({ role, db }) => {
      const id = `${db}.${role}`;
      if (seen.has(id)) return [];
      seen.add(id);
      const builtin = builtinRole(role, db);
      if (builtin) return builtin;
      const document = this.findRole(role, db);
      if (!document) return [];
      return [...ownPrivileges(document), ...this.privilegesOf(roleNames(document.roles), seen)];
    });
  }

  /** The stored credential, or one that nobody can match when there is no such user. */
  credentialOf(user: string, db: string, mechanism: Mechanism): { credential: Credential; known: boolean } {
    const credentials = this.findUser(user, db)?.credentials as Record<string, Document> | undefined;
    const stored = credentials?.[mechanism];
    if (!stored) return { credential: fakeCredential(mechanism, `${db}.${user}`, this.secret), known: false };
    return {
      credential: {
        iterationCount: Number(stored.iterationCount),
        salt: String(stored.salt),
        storedKey: String(stored.storedKey),
        serverKey: String(stored.serverKey),
      },
      known: true,
    };
  }

  /** Whether the stored credential was derived from this password. */
  isPassword(user: string, db: string, password: string): boolean {
    const mechanism = this.mechanismsOf(user, db)?.[0];
    if (!mechanism) return false;
    const { salt, iterationCount, storedKey } = this.credentialOf(user, db, mechanism).credential;
    const fixed = { salt: Buffer.from(salt, "base64"), iterations: iterationCount };
    return makeCredential(mechanism, user, password, fixed).storedKey === storedKey;
  }

  mechanismsOf(user: string, db: string): Mechanism[] | null {
    const credentials = this.findUser(user, db)?.credentials;
    return isDocument(credentials) ? MECHANISMS.filter((mechanism) => mechanism in credentials) : null;
  }
}

/** Derives credentials for the mechanisms that a user may log in with. */
export function makeCredentials(
  user: string,
  password: string,
  mechanisms: readonly Mechanism[] = MECHANISMS,
): Document {
  return Object.fromEntries(mechanisms.map((mechanism) => [mechanism, makeCredential(mechanism, user, password)]));
}

export function roleNames(value: unknown): RoleName[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isDocument).map(({ role, db }) => ({ role: String(role), db: String(db) }));
}

function ownPrivileges(role: Document): Privilege[] {
  if (!Array.isArray(role.privileges)) return [];
  return role.privileges.filter(isDocument).map(({ resource, actions }) => ({
    resource: resource as Resource,
    actions: (actions as unknown[]).map(String),
  }));
}
