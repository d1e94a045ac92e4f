import { DomainError } from "@/server/platform/errors/domain-error";

/** Why a repository cannot be adopted: what it names is another organization's here. */
export function belongsElsewhere(what: string, organizationId: string): DomainError {
  return new DomainError("REPOSITORY_OF_ANOTHER_ORGANIZATION", {
    message: `${what} is known here, but not as one of organization ${organizationId}, which the repository names`,
    params: { organizationId },
  });
}
